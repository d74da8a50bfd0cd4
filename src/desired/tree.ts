import type { Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";

/** An object of a template. */
export type Tree = { [key: string]: Template };

export function isPlainTree(value: Template | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}
