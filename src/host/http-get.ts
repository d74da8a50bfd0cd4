import type { HttpGet } from "../ports.ts";

/** What fetch says of a refused connection is in its cause. */
export const httpGet: HttpGet = async (url, { timeoutMs, signal }) => {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error(cause instanceof Error && cause.message !== "" ? cause.message : message, { cause: error });
  }
};
