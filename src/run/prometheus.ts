import type { CanaryQuery } from "../model/canary.ts";
import { isJsonObject } from "../model/json.ts";
import { plainText } from "../model/text.ts";
import type { Clock, HttpGet } from "../ports.ts";

/** `failed`: there is no answer to judge; `why` says what came instead. */
export type QueryAnswer =
  | { readonly type: "within"; readonly values: readonly number[] }
  | { readonly type: "beyond"; readonly values: readonly number[] }
  | { readonly type: "failed"; readonly why: string };

const TRIES = 3;
const BETWEEN_MS = 2_000;
const TIMEOUT_MS = 10_000;

/** Asks an instant query (Prometheus, "HTTP API", /api/v1/query); tries again where the server does not answer. */
export async function askPrometheus(
  { get, clock, signal }: { readonly get: HttpGet; readonly clock: Clock; readonly signal: AbortSignal },
  query: CanaryQuery,
): Promise<QueryAnswer> {
  const url = `${query.url.replace(/\/+$/, "")}/api/v1/query?query=${encodeURIComponent(query.promql)}`;
  for (let tried = 1; ; tried++) {
    const answer = await get(url, { timeoutMs: TIMEOUT_MS, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      return { status: 0, body: error instanceof Error ? error.message : String(error) };
    });
    // 503 is Prometheus' own word for a query that was aborted, or a server that is still starting.
    if ((answer.status !== 0 && answer.status < 500) || tried === TRIES) return judgeAnswer(answer, query);
    await clock.sleep(BETWEEN_MS, signal);
  }
}

function judgeAnswer(
  { status, body }: { readonly status: number; readonly body: string },
  query: CanaryQuery,
): QueryAnswer {
  const failed = (why: string): QueryAnswer => ({ type: "failed", why: plainText(why).slice(0, 300) });
  if (status === 0) return failed(`${query.url} does not answer: ${body}`);
  const document = parsed(body);
  if (!isJsonObject(document) || (document["status"] !== "success" && document["error"] === undefined)) {
    return failed(`${query.url} answered ${status}, and not as Prometheus does`);
  }
  if (document["status"] !== "success") return failed(`${query.url} says: ${String(document["error"])}`);
  const data = isJsonObject(document["data"]) ? document["data"] : {};
  const { resultType, result } = data;
  const samples: unknown[] = resultType === "scalar" ? [result] : Array.isArray(result) ? result.map(sampleOf) : [];
  if (resultType !== "scalar" && resultType !== "vector")
    return failed(`the query gives a ${String(resultType)}, not numbers`);
  const values = samples.map((sample) => (Array.isArray(sample) ? Number(sample[1]) : Number.NaN));
  if (values.length === 0) return failed("the query gives no sample; `or vector(0)` gives 0 where there is none");
  return { type: values.every((value) => isWithin(value, query)) ? "within" : "beyond", values };
}

function sampleOf(series: unknown): unknown {
  return isJsonObject(series) ? series["value"] : null;
}

/** NaN is within no bounds. */
function isWithin(value: number, { below, above }: CanaryQuery): boolean {
  return !Number.isNaN(value) && (below === null || value < below) && (above === null || value > above);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
