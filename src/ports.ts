/**
 * The interfaces to the outside. `run/` talks to the world through these only; `host/` implements them.
 */
import type { ClusterAccess } from "./model/access.ts";
import type { SynthStack } from "./model/desired.ts";
import type { Problem } from "./model/errors.ts";
import type { JsonObject } from "./model/json.ts";
import type { KubeObject, ResourceType } from "./model/objects.ts";
import type { ClusterChange, Plan } from "./model/plan.ts";
import type { Project } from "./model/project.ts";

export interface Clock {
  /** Milliseconds that only grow and stop while the machine sleeps (performance.now). */
  monotonic(): number;
  /** Milliseconds since 1970 (Date.now). */
  wall(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with each line of stdout and stderr as it arrives. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

/** Runs programs, detached from the terminal's signals. A missing program is a UserError `program-missing`. */
export interface Exec {
  run(argv: readonly [string, ...string[]], options?: ExecOptions): Promise<ExecResult>;
}

export interface Files {
  read(path: string): Promise<string | null>;
  /** Writes whole or not at all (temporary file, fsync, rename), with the mode given. */
  write(path: string, text: string, mode?: number): Promise<void>;
  remove(path: string): Promise<void>;
}

/** How an object is addressed over HTTP. `namespace` is "" for cluster-scoped objects and for lists over all namespaces. */
export interface ObjectRef {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface KubeList {
  readonly items: KubeObject[];
  readonly resourceVersion: string;
}

export interface WriteAnswer {
  readonly object: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

export interface ApplyOptions {
  readonly fieldManager: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation: "Foreground" | "Background" | "Orphan";
  readonly dryRun?: boolean;
  /** A second arrival does no harm although no uid is given: the name is never used again. */
  readonly repeatable?: true;
}

export interface LogStreamOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The container before its last restart. */
  readonly previous: boolean;
  /** Go on with what comes. */
  readonly follow: boolean;
  /** null: from the beginning. */
  readonly tailLines: number | null;
  readonly sinceSeconds: number | null;
  /** RFC 3339; lines of that second come again. */
  readonly sinceTime: string | null;
  readonly signal: AbortSignal;
}

/** One line of a log; `time` is RFC 3339 with nanoseconds, "" where the server gave none. */
export interface LogLine {
  readonly time: string;
  readonly text: string;
}

/** `synced` follows the first list and each re-list: everything known was delivered. */
export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | { readonly type: "SYNCED" };

/** Who lets writes through: the locks of a run. */
export interface WriteGuard {
  /** Resolves when writing is allowed, after a renewal where one is due; rejects where it is not. */
  ensureHeld(): Promise<void>;
  /** The same without waiting: called when the next step is to hand the request to the network. Throws. */
  assertHeld(): void;
}

/**
 * One cluster, over one keep-alive pool. Every method may throw KubeError (the server answered with a failure) or
 * UnreachableError (no answer). Refusals for the moment (429, 5xx) and cut connections are tried again inside, within
 * bounds; a create or replace whose answer was lost is settled by reading what is there.
 */
export interface Kube {
  readonly server: string;
  /** Requests so far by what they ask: `list Deployment`, `get Namespace`, `dry-run ConfigMap`. Absent: not counted. */
  requests?(): Readonly<Record<string, number>>;
  /** The same cluster and connections; every try of every write, dry runs apart, asks the guard first. */
  guarded(guard: WriteGuard): Kube;
  version(): Promise<{ gitVersion: string }>;
  /** Discovery, cached for this process; `refresh` asks again (a CRD was just established). */
  resourceTypes(refresh?: boolean): Promise<readonly ResourceType[]>;
  get(ref: ObjectRef): Promise<KubeObject | null>;
  list(type: { group: string; version: string; kind: string }, options?: ListOptions): Promise<KubeList>;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions): Promise<WriteAnswer>;
  create(object: KubeObject, fieldManager: string): Promise<KubeObject>;
  /** PUT; resourceVersion in the object is the precondition. */
  replace(object: KubeObject, fieldManager: string): Promise<KubeObject>;
  /** JSON patch or merge patch. */
  patch(ref: ObjectRef, patch: JsonObject | JsonObject[], fieldManager: string): Promise<KubeObject>;
  /** A token for a service account: the TokenRequest as the server completed it. One that is asked for twice is given twice. */
  requestToken(
    account: { readonly namespace: string; readonly name: string },
    request: JsonObject,
  ): Promise<JsonObject>;
  /** true: it is gone or going; false: it did not exist. A failed precondition is a KubeError with status 409. */
  delete(ref: ObjectRef, options: DeleteOptions): Promise<boolean>;
  /**
   * List and watch that never ends by itself until the signal aborts: reconnects after a cut, asks for bookmarks,
   * lists again on 410 (and reports what vanished meanwhile as DELETED).
   */
  watch(
    type: { group: string; version: string; kind: string },
    options: ListOptions & { readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent>;
  /**
   * Milliseconds by which the server's clock is ahead of ours (negative: behind), by what it says with its answers; null
   * before the first one, or where it does not say.
   */
  clockAhead?(): number | null;
  /** Last lines of a container's log; null where there is none. */
  logs(options: {
    namespace: string;
    pod: string;
    container: string;
    tailLines: number;
    previous: boolean;
  }): Promise<string | null>;
  /** A log line by line, from the node's clock. KubeError 400 and 404: there is no such log (yet). */
  logStream(options: LogStreamOptions): AsyncIterable<LogLine>;
  close(): void;
}

export interface ForwardOptions {
  readonly namespace: string;
  /** 0: any that is free. */
  readonly localPort: number;
  /** Asked for each connection. */
  destination(): Promise<{ readonly pod: string; readonly port: number }>;
  /** Hears why a connection could not be carried; the next one may. */
  onProblem(message: string): void;
}

/** A local port that reaches into the cluster. */
export interface Forward {
  readonly port: number;
  close(): Promise<void>;
}

export interface SynthOutcome {
  readonly stacks: readonly SynthStack[];
  readonly problems: readonly Problem[];
  /** Milliseconds spent in the child, for the report. */
  readonly ms: number;
}

/** Runs the user's stack files in a child process. Throws UserError with positions in the user's files. */
export interface Synth {
  synth(
    project: Project,
    options: { readonly stacks: readonly string[] | null; readonly vars: JsonObject; readonly signal?: AbortSignal },
  ): Promise<SynthOutcome>;
}

export interface Approver {
  approve(plan: Plan, signal: AbortSignal): Promise<"approved" | "rejected">;
}

/** One kind of cluster: kind, embedded, or a kubeconfig context. */
export interface ClusterProvider {
  readonly provider: "kind" | "embedded" | "context";
  /** `kind/dev`, `embedded/dev`, `prod-eu` */
  readonly label: string;
  /** Cheap and without side effects. */
  exists(): Promise<boolean>;
  /**
   * What `create` would make of a cluster that does not exist; null where that is not known. Throws UserError for what
   * stands in its way (a bad config, a port in use), so that a plan says it. Changes nothing.
   */
  prepare(): Promise<{ readonly nodes: number | null }>;
  create(progress: (message: string) => void, signal?: AbortSignal): Promise<void>;
  /**
   * How the existing cluster differs from what its config asks for, where that can be told; only a new cluster mends it.
   * Changes nothing.
   */
  differences?(): Promise<readonly ClusterChange[]>;
  /** Images of k8sctl.yaml that its nodes lack, by digest; all of them while it does not exist. Throws UserError. */
  missingImages?(): Promise<readonly string[]>;
  loadImages?(images: readonly string[], progress: (message: string) => void): Promise<void>;
  /** Sees to the registry that k8sctl.yaml asks for; absent where it asks for none. */
  connectRegistry?(progress: (message: string) => void): Promise<void>;
  /** Credentials of the existing cluster. */
  access(): Promise<ClusterAccess>;
  /** Removes cluster, context and files. A context provider refuses with a UserError. */
  delete(progress: (message: string) => void): Promise<void>;
  /** Whether we made the existing cluster, so that `down` may delete it (never for `context`). */
  owned(): Promise<boolean>;
}

/** Makes values that must be unguessable; the only randomness of a run. */
export interface Randomness {
  bytes(length: number): Uint8Array;
}

/** Reads an address that the user has named, whatever its status; rejects where nothing answers. */
export type HttpGet = (
  url: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<{ readonly status: number; readonly body: string }>;

export interface Ports {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly files: Files;
  /**
   * The bytes of a file that a stack reads with `file()`, relative to the project's root; null where there is none. A path
   * that ends with a slash is a folder: names, one a line, those of folders with a slash at their end.
   */
  readonly sourceFile?: (root: string, path: string, stack: string) => Uint8Array | null;
  readonly synth: Synth;
  readonly random: Randomness;
  cluster(project: Project, name: string): ClusterProvider;
  /** `tell` hears, in whole sentences, of a server that keeps silent and that answers again. */
  connect(access: ClusterAccess, tell?: (message: string) => void): Kube;
  /**
   * Host name and process of this run, for the lock's holder. `machine` tells apart what bears one host name (containers
   * that do not see each other's processes, the same machine after a reboot); "" where nothing tells them apart.
   */
  readonly identity: {
    readonly host: string;
    readonly machine?: string;
    readonly pid: number;
    /** Who runs it, for the history. */
    readonly user?: string;
    processAlive(pid: number): boolean;
  };
  readonly httpGet: HttpGet;
  /** Listens on the loopback interface and carries connections to pods. UserError `local-port-taken`. */
  forward(access: ClusterAccess, options: ForwardOptions): Promise<Forward>;
}
