import { stringify } from "yaml";
import type { JsonObject } from "../model/json.ts";
import type { Refusal } from "./failures.ts";
import type { Representation } from "./negotiate.ts";

/** A whole answer, ready to be written. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export function jsonAnswer(status: number, text: string, warnings: readonly string[] = []): Answer {
  return { status, contentType: "application/json", text: `${text}\n`, headers: warningHeaders(warnings) };
}

export function plainText(status: number, text: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", text };
}

export function failureAnswer(refusal: Refusal): Answer {
  const answer = jsonAnswer(refusal.status, JSON.stringify(refusal.body()), refusal.warnings);
  if (refusal.retryAfter === null) return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(refusal.retryAfter) } };
}

/** The same answer as YAML, keys sorted as the real server's encoder sorts them. */
export function inSyntax(answer: Answer, representation: Representation): Answer {
  if (representation.syntax === "json" || answer.contentType !== "application/json") return answer;
  const value = JSON.parse(answer.text) as JsonObject;
  // YAML 1.1 as go-yaml writes it: a text that 1.1 reads as a time or a boolean is quoted.
  const text = stringify(value, { version: "1.1", sortMapEntries: true, lineWidth: 0, indentSeq: false });
  return { ...answer, contentType: "application/yaml", text: text.replaceAll(quotedDot, "$1.:") };
}

/** The key `.` of managedFields, which YAML 1.1 need not quote and go-yaml does not. */
const quotedDot = /^( *(?:- )*)"\.":/gm;

export function withWarning(answer: Answer, text: string): Answer {
  const given = [answer.headers?.["warning"] ?? []].flat();
  return { ...answer, headers: { ...answer.headers, warning: [...given, ...warningHeaders([text])["warning"]!] } };
}

/** `299 - "text"` (RFC 9111, 5.5): how the API server sends warnings. */
function warningHeaders(warnings: readonly string[]): Record<string, string | string[]> {
  if (warnings.length === 0) return {};
  return { warning: warnings.map((text) => `299 - "${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`) };
}
