import type { CanaryRule } from "./canary.ts";
import type { SourcePosition } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { OwnershipRule } from "./ownership.ts";

/** k8sctl.yaml, validated (schema: k8sctl.schema.json). */
export interface Project {
  readonly name: string;
  /** Absolute folder of k8sctl.yaml; the only absolute path, never written into a plan. */
  readonly root: string;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly defaultCluster: string;
  readonly inventoryNamespace: string;
  readonly variables: JsonObject;
  /** Where k8sctl.yaml names each of `variables`. */
  readonly variablePositions?: Readonly<Record<string, SourcePosition>>;
  readonly stacks: readonly StackConfig[];
  /** Contexts that are changed without asking for their name; absent where k8sctl.yaml lists none. */
  readonly allowedContexts?: readonly string[];
  /** Fields that others may own; absent where k8sctl.yaml names none. */
  readonly ownership?: readonly OwnershipRule[];
  /** Deployments whose changes are tried on a few pods first; absent where k8sctl.yaml names none. */
  readonly canary?: readonly CanaryRule[];
}

export type ClusterConfig =
  | {
      readonly provider: "kind";
      readonly name: string;
      readonly config: string | null;
      /** Of this machine, loaded into the nodes. */
      readonly images?: readonly string[];
      /** A registry on this machine that the nodes can pull from. */
      readonly registry?: { readonly port: number; readonly image: string };
    }
  | { readonly provider: "embedded"; readonly name: string }
  | { readonly provider: "context"; readonly context: string; readonly kubeconfig: string | null };

export interface StackConfig {
  /** Base name of the file without its ending, or `name:` where two stacks share a file. */
  readonly name: string;
  readonly file: string;
  readonly after: readonly string[];
  readonly vars: JsonObject;
  /** Where k8sctl.yaml names the file. */
  readonly position?: SourcePosition;
  /** Where k8sctl.yaml names each of `vars`. */
  readonly varPositions?: Readonly<Record<string, SourcePosition>>;
}
