import { KubeError } from "../model/errors.ts";
import { type ObjectId, objectKey, typeOf } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import type { Kube } from "../ports.ts";
import { type Feed, startFeed } from "./cluster-feed.ts";
import { leanObject } from "./lean.ts";

export interface MemberFeedsOptions {
  readonly kube: Kube;
  /** ApplySet ids of the tracked stacks: watches see only their members. */
  readonly applySets: readonly string[];
  /** Namespaces of all objects of a kind that may be tracked: one namespace gets a watch of its own. */
  readonly namespacesOf: (group: string, kind: string) => ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/**
 * One watch per kind, started with the first object of it that somebody asks for: over all namespaces where it has
 * several, or one each where listing over all is refused.
 */
export class MemberFeeds {
  readonly #options: MemberFeedsOptions;
  readonly #see: (object: KubeObject, gone: boolean) => void;
  /** By kind, then by namespace; "" is all of them. */
  readonly #feeds = new Map<string, Map<string, Feed>>();

  constructor(options: MemberFeedsOptions, see: (object: KubeObject, gone: boolean) => void) {
    this.#options = options;
    this.#see = see;
  }

  /** The newest state where the watch has shown one; starts the watch of the kind. */
  open(id: ObjectId, apiVersion: string): KubeObject | null {
    const known = this.#feeds.get(`${apiVersion}/${id.kind}`);
    if (known) return feedOf(known, id)?.objects.get(objectKey(id)) ?? null;
    const type = typeOf(apiVersion, id.kind);
    const namespaces = this.#options.namespacesOf(type.group, id.kind);
    const feeds = new Map<string, Feed>();
    this.#feeds.set(`${apiVersion}/${id.kind}`, feeds);
    const start = (namespace: string, broken: (error: unknown) => void = () => {}) => {
      const scope = namespace === "" ? {} : { namespace };
      const options = { ...scope, labelSelector: this.#members(), signal: this.#options.signal };
      feeds.set(namespace, startFeed(this.#options.kube, type, options, this.#see, leanObject, broken));
    };
    const [only = "", another] = namespaces;
    if (another === undefined) start(only);
    else {
      start("", (error) => {
        if (!(error instanceof KubeError && error.status === 403)) return;
        feeds.delete("");
        for (const namespace of namespaces) start(namespace);
      });
    }
    return null;
  }

  /** Whether the watch shows this object: otherwise it has to be read alone. `seen`: it was seen already. */
  shows(id: ObjectId, apiVersion: string, seen: boolean): boolean {
    const feed = feedOf(this.#feeds.get(`${apiVersion}/${id.kind}`), id);
    return feed !== undefined && feed.broken === null && (seen || feed.objects.has(objectKey(id)));
  }

  #members(): string {
    const [only, ...more] = this.#options.applySets;
    return more.length === 0
      ? `${PART_OF_LABEL}=${only}`
      : `${PART_OF_LABEL} in (${this.#options.applySets.join(",")})`;
  }
}

function feedOf(feeds: ReadonlyMap<string, Feed> | undefined, id: ObjectId): Feed | undefined {
  return feeds?.get("") ?? feeds?.get(id.namespace);
}
