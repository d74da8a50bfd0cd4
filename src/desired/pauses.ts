import { ExpressionError } from "./expression/syntax.ts";
import { durationSeconds } from "./meta-arguments.ts";
import type { Fail } from "./problems.ts";
import { inputArguments } from "./random.ts";
import type { ResourceSource } from "./source.ts";

/** What the time provider demands of a time_sleep. */
export function checkPause({ body, type }: ResourceSource, fail: Fail): void {
  const names = inputArguments(type);
  if (names.every((name) => (body[name] ?? null) === null)) {
    fail(new ExpressionError("missing-field", `one of ${names.join(" and ")} is needed`), []);
  }
  if ((body["destroy_duration"] ?? null) !== null) {
    const message = '"destroy_duration" has no effect: a removal waits until each object is gone, and no longer';
    fail(new ExpressionError("ignored-field", message), ["destroy_duration"]);
  }
  for (const name of names) {
    const text = body[name] ?? null;
    if (text === null || (typeof text === "string" && text.includes("${"))) continue;
    if (typeof text === "string" && durationSeconds(text) !== null) continue;
    const message = `${JSON.stringify(text)} is no duration such as 30s or 1m30s`;
    fail(new ExpressionError("wrong-type", message), [name]);
  }
}
