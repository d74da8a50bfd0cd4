import { Refusal } from "./failures.ts";

/** Refusals that say nothing about an object: the path or the method is wrong. */
export function notServed(): Refusal {
  return new Refusal(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): Refusal {
  return new Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}
