import type { Asset } from "../model/desired.ts";
import type { Problem, SourcePosition } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";

/** File descriptors of the child, beside stdin (null), stdout and stderr (the user's own prints). */
export const REQUEST_FD = 3;
export const ANSWER_FD = 4;

/** Asked of the child once, as one JSON document. */
export interface SynthRequest {
  readonly root: string;
  /** The running k8sctl package: its cdktf, providers and stacks serve where the project has none. */
  readonly ownPackage: string;
  readonly cacheFolder: string;
  /** Empty, ours to fill; the parent removes it. */
  readonly scratchFolder: string;
  /** Each after those in its `after`. */
  readonly stacks: readonly StackRequest[];
}

export interface StackRequest {
  readonly name: string;
  readonly file: string;
  readonly after: readonly string[];
  readonly vars: JsonObject;
  /** Names of those that k8sctl.yaml gives to this stack alone. */
  readonly own: readonly string[];
  /** Where k8sctl.yaml gives each of `vars`; those of `--var` stand nowhere. */
  readonly varPositions: Readonly<Record<string, SourcePosition>>;
  /** Where k8sctl.yaml names the file. */
  readonly position?: SourcePosition;
}

export interface StackAnswer {
  readonly name: string;
  readonly after: readonly string[];
  readonly json: JsonObject;
  readonly positions: Readonly<Record<string, SourcePosition>>;
  readonly assets?: Readonly<Record<string, Asset>>;
  /** The options that the stack knows, where it says so. */
  readonly options?: readonly string[];
}

/** Lines of JSON, in order; `done` or `failed` is the last. */
export type SynthMessage =
  /** Said before the user's code gets control, so that the parent can name it when it never comes back. */
  | { readonly type: "doing"; readonly step: "load" | "construct" | "synthesize"; readonly stack: string }
  | { readonly type: "done"; readonly stacks: readonly StackAnswer[]; readonly warnings: readonly Problem[] }
  | { readonly type: "failed"; readonly problems: readonly Problem[] };
