import type { KubeObject } from "../model/objects.ts";

const texts = new WeakMap<object, string>();

/**
 * JSON text of a stored (frozen) object version, made once and kept as long as the version lives: lists, watches and the
 * journal share it.
 */
export function serialized(object: KubeObject): string {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
}

/** Freezes a JSON tree in place, so that nobody changes a stored version behind the store's back. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
