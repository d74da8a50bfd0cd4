import type { CanaryWish } from "./canary.ts";
import type { SourcePosition } from "./errors.ts";
import type { ObjectId, ObjectKey } from "./ids.ts";
import type { Json, JsonObject } from "./json.ts";
import type { FieldRule } from "./ownership.ts";
import type { ReadyCondition } from "./ready-condition.ts";

/**
 * A value that nobody knows yet. It stands as a leaf inside `Desired.object` wherever a plain value would stand.
 * `expression` is the Terraform text it came from (`${kubernetes_service_v1.lb.status[0]...}`); `needs` are the
 * addresses whose results it waits for.
 */
export class Unknown {
  readonly expression: string;
  readonly needs: readonly string[];
  readonly sensitive: boolean;

  constructor(expression: string, needs: readonly string[], sensitive: boolean) {
    this.expression = expression;
    this.needs = needs;
    this.sensitive = sensitive;
  }
}

/** A JSON tree whose leaves may be unknown. */
export type Template = Json | Unknown | Template[] | { [key: string]: Template };

/** Steps into an object: a string is a map key, a number a list index. */
export type FieldPath = readonly (string | number)[];

/** What `stacks/*.ts` became, before anything is resolved. Plain JSON: it crosses the child's border. */
export interface SynthStack {
  readonly name: string;
  /** As in k8sctl.yaml, relative to the project. */
  readonly file: string;
  /** Names of stacks that must be ready before this one starts. */
  readonly after: readonly string[];
  /** Values of k8sctl.yaml and --var, also given to Terraform variables of the same name. */
  readonly vars: JsonObject;
  /** Terraform JSON as CDKTF prints it. */
  readonly json: JsonObject;
  /** Where each construct was made: construct path (address, for a stack in JSON) -> position in a file of the user's. */
  readonly positions: Readonly<Record<string, SourcePosition>>;
  /** What the paths of a TerraformAsset stand for; absent where there is none. */
  readonly assets?: Readonly<Record<string, Asset>>;
}

/** A file or folder as it lies in the project (absolute), or an archive that was made of a folder (base64). */
export type Asset =
  | { readonly type: "source"; readonly path: string }
  | { readonly type: "content"; readonly base64: string };

export interface Origin {
  readonly stack: string;
  /** `kubernetes_deployment_v1.web` */
  readonly address: string;
  /** `shop/web`, from CDKTF's metadata; "" where there is none. */
  readonly constructPath: string;
  readonly position?: SourcePosition;
}

/**
 * `ready`: the user wrote depends_on or after. `exists`: structure demands it (namespace, CRD, service account, a
 * reference to a value that the API gives at creation).
 */
export type EdgeKind = "ready" | "exists";

/** An edge to another object or to a generated value, by its address within the same project. */
export interface Dependency {
  readonly kind: EdgeKind;
  readonly on: DependencyTarget;
}

export type DependencyTarget =
  | { readonly type: "object"; readonly key: ObjectKey }
  | { readonly type: "generated"; readonly stack: string; readonly address: string }
  | { readonly type: "stack"; readonly stack: string };

/** One object the user wants, decoded. `object` may hold `Unknown` leaves, but never in apiVersion, kind or name. */
export interface Desired {
  readonly id: ObjectId;
  readonly origin: Origin;
  readonly object: { readonly [key: string]: Template };
  /** Paths whose values (and everything below) came from something sensitive, beyond Secret.data. */
  readonly sensitive: readonly FieldPath[];
  readonly dependsOn: readonly Dependency[];
  readonly lifecycle: Lifecycle;
  readonly wait: WaitPolicy;
  /** Asked for beside the construct; a rule of k8sctl.yaml for the same object takes its place. */
  readonly canary?: CanaryWish;
  /** What else a restart of its pods means, in the stack's own words (`duringRestart`). */
  readonly duringRestart?: string;
  /** A warning wherever it is made or changed. */
  readonly warnOnChange?: string;
  /** What the stack says of certain changes of version (`onVersionChange`). */
  readonly versionRules?: readonly VersionRule[];
  /** Said beside the construct; rules of the command line and of k8sctl.yaml go before. */
  readonly ownership?: readonly FieldRule[];
  /** Takes fields that others own (`force` of a part); else the run's own setting decides. */
  readonly force?: true;
}

/** Said where the tag of a container's image changes so: `older` in its first two numbers, another `major` in its first. */
export interface VersionRule {
  readonly container: string;
  readonly to: "older" | "major";
  readonly says: string;
  /** Not a warning: the change is not made. */
  readonly refuse: boolean;
}

export interface Lifecycle {
  readonly preventDestroy: boolean;
  readonly createBeforeDestroy: boolean;
  /** Terraform's ignore_changes, as object paths; "all" for every field. */
  readonly ignoreChanges: readonly FieldPath[] | "all";
  /** A change of any of these makes this one anew. */
  readonly replaceTriggeredBy?: readonly Trigger[];
}

/** Another object or value, or one field of it; `path` is empty for the whole. */
export interface Trigger {
  readonly on: DependencyTarget;
  readonly path: FieldPath;
}

/** How long to wait for readiness; null takes the kind's default. `skip` for wait_for_rollout = false and the like. */
export interface WaitPolicy {
  readonly skip: boolean;
  readonly timeoutSeconds: number | null;
  /** Decides in place of the kind's own rule. */
  readonly readyWhen?: ReadyCondition;
}

/**
 * A value that is made once and kept (random_password and its kind). It is made again only when `arguments` change,
 * keepers included; `type` names the resource type, `address` is within the stack.
 */
export interface GeneratedResource {
  readonly stack: string;
  readonly address: string;
  readonly type: string;
  readonly arguments: JsonObject;
  readonly origin: Origin;
  /** Set where some arguments are known only when other values have been made; `arguments` is empty then. */
  readonly pending?: { readonly [name: string]: Template };
  /** What may change without the value being made again: the `input` of terraform_data, the durations of time_sleep. */
  readonly input?: Template;
  /** Made in the middle of the run, once these are there; absent: before anything else is. */
  readonly dependsOn?: readonly Dependency[];
  /** The TokenRequest that the cluster is given, which answers with the value (kubernetes_token_request_v1). */
  readonly request?: { readonly [name: string]: Template };
  /** The kept value serves no more, whatever its arguments: its service account is gone, or another by now. */
  readonly outlived?: true;
}

export interface DesiredOutput {
  readonly stack: string;
  readonly name: string;
  readonly value: Template;
  readonly sensitive: boolean;
  readonly description: string;
}

/** Results that expressions can read: live objects by key, generated values by `stack/address`. */
export interface Results {
  readonly live: ReadonlyMap<ObjectKey, JsonObject>;
  readonly generated: ReadonlyMap<string, GeneratedValue>;
  /** Answers to data sources by `stack/address`, as the cluster gave them. */
  readonly data?: ReadonlyMap<string, Json>;
  /**
   * Data that must not be read yet, by `stack/address`, with the addresses (`stack/address` without instance) of objects
   * that it depends on and that change in this run.
   */
  readonly deferred?: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds since 1970, for values that end; absent: nothing has ended. */
  readonly now?: number;
  /** The same for when applying began; absent while planning. */
  readonly applied?: number;
}

/** What a data source asks the cluster for. */
export type DataQuery =
  | { readonly type: "object"; readonly ref: ObjectId & { readonly version: string } }
  | {
      readonly type: "list";
      readonly group: string;
      readonly version: string;
      readonly kind: string;
      readonly options: {
        readonly namespace?: string;
        readonly labelSelector?: string;
        readonly fieldSelector?: string;
      };
    }
  | { readonly type: "version" };

/** One data source that can be read now; `key` is where its answer belongs in `Results.data`. */
export interface DataRead {
  readonly key: string;
  readonly origin: Origin;
  readonly query: DataQuery;
  /** It names something of this project: what does not exist may come to be. */
  readonly mayCome: boolean;
  /** What its `depends_on` names, as `stack/address` without instance. */
  readonly dependsOn: readonly string[];
}

/** A generated value as the inventory keeps it. `arguments` decide whether it is made again. */
export interface GeneratedValue {
  readonly type: string;
  readonly arguments: JsonObject;
  /** Attribute name -> value: `{ result: "...", bcrypt_hash: ... }`; secret. */
  readonly attributes: JsonObject;
}
