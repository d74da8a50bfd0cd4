import { KubeError, type StatusCause } from "../../model/errors.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import type { HttpAnswer, HttpRequest } from "./request.ts";

/** Reason of a 404 that is about the type, not about one object: unknown group, version or resource. */
export const TYPE_NOT_SERVED = "TypeNotServed";

/** `PATCH /apis/apps/v1/namespaces/web/deployments/shop`: method and path, without the query. */
export function requestLine(request: Pick<HttpRequest, "method" | "path">): string {
  return `${request.method} ${request.path.replace(/\?.*$/, "")}`;
}

/** The failure that an answer of status 400 or above reports: a Status object, or plain text. */
export function failureOf(answer: Pick<HttpAnswer, "status" | "headers" | "text">, line: string): KubeError {
  const status = parseObject(answer.text);
  if (status?.["kind"] !== "Status") {
    return new KubeError({
      status: answer.status,
      reason: answer.status === 404 ? TYPE_NOT_SERVED : "",
      message: plainMessage(answer),
      retryAfter: secondsOf(answer.headers["retry-after"]),
      request: line,
    });
  }
  return failureOfStatus(status, line, { code: answer.status, retryAfter: secondsOf(answer.headers["retry-after"]) });
}

/** The same from a Status object alone (the ERROR event of a watch). */
export function failureOfStatus(
  status: JsonObject,
  line: string,
  http: { code?: number; retryAfter?: number | null } = {},
): KubeError {
  const details = isJsonObject(status["details"]) ? status["details"] : {};
  const code = http.code ?? (typeof status["code"] === "number" ? status["code"] : 500);
  const name = text(details["name"]);
  // A Status that names no object is the server's "could not find the requested resource": the type is unknown to it.
  const aboutType = code === 404 && name === "";
  const causes = Array.isArray(details["causes"]) ? (details["causes"] as StatusCause[]) : [];
  const seconds = details["retryAfterSeconds"];
  return new KubeError({
    status: code,
    reason: aboutType ? TYPE_NOT_SERVED : text(status["reason"]),
    message: text(status["message"]) || `the server answered ${code}`,
    causes,
    about: { group: text(details["group"]), kind: text(details["kind"]), name },
    retryAfter: http.retryAfter ?? (typeof seconds === "number" ? seconds : null),
    request: line,
  });
}

/** The JSON object of a good answer; a page of HTML (a proxy's log-in) becomes an error that says so. */
export function objectOf(answer: HttpAnswer, line: string): JsonObject {
  const object = parseObject(answer.text);
  if (object !== null) return object;
  throw new KubeError({
    status: answer.status,
    reason: "NotJson",
    message: `the answer is not JSON (${answer.headers["content-type"] ?? "no content type"}); is this a Kubernetes API server?`,
    request: line,
  });
}

/** Texts of the Warning headers (RFC 7234 5.5, as the API server writes them: `299 - "text"`). */
export function warningsOf(rawHeaders: readonly string[]): string[] {
  const warnings: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() !== "warning") continue;
    // Node reads header bytes as Latin-1; the server writes UTF-8.
    const value = Buffer.from(rawHeaders[i + 1]!, "latin1").toString("utf8");
    for (const match of value.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g))
      warnings.push(match[1]!.replace(/\\(.)/g, "$1"));
  }
  return warnings;
}

function plainMessage(answer: Pick<HttpAnswer, "status" | "text">): string {
  const line = answer.text.trim().split("\n", 1)[0] ?? "";
  return line === "" || line.startsWith("<") ? `the server answered ${answer.status}` : line.slice(0, 500);
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function secondsOf(header: string | undefined): number | null {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
