import type { ClusterAccess } from "../../model/access.ts";
import { KubeError } from "../../model/errors.ts";
import { apiVersionOf, typeOf } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import type { KubeObject, ResourceType } from "../../model/objects.ts";
import type { Clock, DeleteOptions, Exec, Kube, ObjectRef, WriteGuard } from "../../ports.ts";
import { objectOf, requestLine, TYPE_NOT_SERVED, warningsOf } from "./answers.ts";
import { isCarriedOut } from "./carried-out.ts";
import { DISCOVERY_ACCEPT, discoverTypes } from "./discovery.ts";
import { listAll } from "./list.ts";
import { streamLog } from "./log-stream.ts";
import { collectionPath, objectPath, query } from "./paths.ts";
import { type Call, Transport } from "./transport.ts";
import { listAndWatch } from "./watch.ts";

type Gvk = { readonly group: string; readonly version: string; readonly kind: string };

/**
 * One cluster behind the Kube port. Opens no connection before the first request. A type that the server does not
 * serve is a KubeError of status 404 and reason `TypeNotServed`.
 */
export function openKube(
  access: ClusterAccess,
  ports: { exec: Exec; clock: Clock },
  tell?: (message: string) => void,
): Kube {
  const transport = new Transport(access, ports, tell);
  return kubeOver(
    { transport, types: new TypeCache(transport), server: access.server, clock: ports.clock, asked: new Map() },
    null,
  );
}

interface Cluster {
  readonly transport: Transport;
  readonly types: TypeCache;
  readonly server: string;
  readonly clock: Clock;
  readonly asked: Map<string, number>;
}

function kubeOver(cluster: Cluster, guard: WriteGuard | null): Kube {
  const { transport, types, server, clock, asked } = cluster;
  const count = (verb: string, kind: string): void => {
    asked.set(`${verb} ${kind}`, (asked.get(`${verb} ${kind}`) ?? 0) + 1);
  };
  const guarding = guard === null ? {} : { guard };

  const json = async (call: Call) => objectOf(await transport.send(call), requestLine(call));
  const object = async (call: Call) => (await json(call)) as unknown as KubeObject;
  const pathOf = async (ref: ObjectRef) => objectPath(await types.find(ref), ref.namespace, ref.name);

  /** A create or replace is refused when it arrives again: then what is there decides whether it was carried out. */
  const written = async (call: Call, sent: KubeObject): Promise<KubeObject> => {
    let unsure = false;
    const onUnsure = () => {
      unsure = true;
    };
    try {
      return await object({ ...call, repeatable: "safe", onUnsure, ...guarding });
    } catch (error) {
      if (!unsure || !(error instanceof KubeError) || error.status !== 409) throw error;
      const there = await nullWhenAbsent(object({ method: "GET", path: await pathOf(refOf(sent)) }));
      if (there !== null && isCarriedOut(sent, there)) return there;
      throw error;
    }
  };

  return {
    server,
    requests: () => Object.fromEntries([...asked].sort(([a], [b]) => (a < b ? -1 : 1))),
    guarded: (by) => kubeOver(cluster, by),
    close: () => transport.close(),
    clockAhead: () => transport.clockAhead,
    async version() {
      const answer = await json({ method: "GET", path: "/version" });
      return { ...answer, gitVersion: String(answer["gitVersion"]) };
    },
    resourceTypes: (refresh = false) => types.all(refresh),

    async get(ref) {
      count("get", ref.kind);
      const path = await pathOf(ref);
      return nullWhenAbsent(object({ method: "GET", path }));
    },

    async list(type, options = {}) {
      count("list", type.kind);
      return listAll(transport, await types.find(type), options);
    },

    async apply(desired, { fieldManager, force, dryRun, signal }) {
      count(dryRun ? "dry-run" : "apply", desired.kind);
      const path = await pathOf(refOf(desired));
      const call: Call = {
        method: "PATCH",
        path: `${path}${query({ fieldManager, force, dryRun: dryRun ? "All" : undefined })}`,
        // JSON is YAML: the server reads an apply body as YAML whatever it is.
        contentType: "application/apply-patch+yaml",
        body: desired,
        repeatable: "safe",
        ...(dryRun ? { onlyAsking: true } : guarding),
        ...(signal === undefined ? {} : { signal }),
      };
      const answer = await transport.send(call);
      return {
        object: objectOf(answer, requestLine(call)) as unknown as KubeObject,
        created: answer.status === 201,
        warnings: warningsOf(answer.rawHeaders),
      };
    },

    async create(desired, fieldManager) {
      count("create", desired.kind);
      const ref = refOf(desired);
      const path = collectionPath(await types.find(ref), ref.namespace);
      return written({ method: "POST", path: `${path}${query({ fieldManager })}`, body: desired }, desired);
    },

    async replace(desired, fieldManager) {
      count("replace", desired.kind);
      const path = await pathOf(refOf(desired));
      return written({ method: "PUT", path: `${path}${query({ fieldManager })}`, body: desired }, desired);
    },

    async patch(ref, patch, fieldManager) {
      count("patch", ref.kind);
      return object({
        method: "PATCH",
        path: `${await pathOf(ref)}${query({ fieldManager })}`,
        contentType: Array.isArray(patch) ? "application/json-patch+json" : "application/merge-patch+json",
        body: patch,
        // A merge patch says what is to be; a JSON patch is sent with the version that it is good for.
        repeatable: Array.isArray(patch) && !patch.some(namesVersion) ? "not-safe" : "safe",
        ...guarding,
      });
    },

    async requestToken({ namespace, name }, request) {
      count("create", "TokenRequest");
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
      return json({ method: "POST", path, body: request, repeatable: "safe", ...guarding });
    },

    async delete(ref, options) {
      count("delete", ref.kind);
      try {
        const path = await pathOf(ref);
        const repeatable = options.uid === undefined && options.repeatable !== true ? "not-safe" : "safe";
        const asking = options.dryRun === true ? {} : guarding;
        await transport.send({ method: "DELETE", path, body: deleteBody(options), repeatable, ...asking });
        return true;
      } catch (error) {
        if (error instanceof KubeError && error.status === 404) return false;
        throw error;
      }
    },

    watch: (type, options) => ({
      async *[Symbol.asyncIterator]() {
        yield* listAndWatch(transport, await types.find(type), options, clock);
      },
    }),

    logStream: (options) => streamLog(transport, options),

    async logs({ namespace, pod, container, tailLines, previous }) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
      try {
        const answer = await transport.send({
          method: "GET",
          path: `${path}${query({ container, tailLines, previous, limitBytes: LONGEST_LOG })}`,
          accept: "application/json, */*",
        });
        return answer.status === 204 ? null : answer.text;
      } catch (error) {
        // 400: the container has not started, or has no previous run.
        if (error instanceof KubeError && (error.status === 404 || error.status === 400)) return null;
        throw error;
      }
    },
  };
}

/** Bytes of a log that one answer may hold: lines can be of any length. */
const LONGEST_LOG = 1_048_576;

class TypeCache {
  readonly #transport: Transport;
  #all: Promise<readonly ResourceType[]> | null = null;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  all(refresh: boolean): Promise<readonly ResourceType[]> {
    if (this.#all !== null && !refresh) return this.#all;
    const asked = discoverTypes(async (path) => {
      const call: Call = { method: "GET", path, accept: DISCOVERY_ACCEPT };
      return objectOf(await this.#transport.send(call), requestLine(call));
    });
    this.#all = asked;
    asked.catch(() => {
      if (this.#all === asked) this.#all = null;
    });
    return asked;
  }

  async find(type: Gvk): Promise<ResourceType> {
    const all = await this.all(false);
    const found = all.find((t) => t.kind === type.kind && t.group === type.group && t.version === type.version);
    if (found !== undefined) return found;
    throw new KubeError({
      status: 404,
      reason: TYPE_NOT_SERVED,
      message: `the server does not serve ${apiVersionOf(type)} ${type.kind}`,
      request: "discovery",
    });
  }
}

function refOf(object: KubeObject): ObjectRef {
  const { namespace = "", name } = object.metadata;
  return { ...typeOf(object.apiVersion, object.kind), namespace, name };
}

function namesVersion(step: JsonObject): boolean {
  return step["path"] === "/metadata/resourceVersion";
}

function deleteBody(options: DeleteOptions): JsonObject {
  const { uid, resourceVersion, propagation, dryRun = false } = options;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: propagation,
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(dryRun ? { dryRun: ["All"] } : {}),
  };
}

async function nullWhenAbsent(asked: Promise<KubeObject>): Promise<KubeObject | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404 && error.reason !== TYPE_NOT_SERVED) return null;
    throw error;
  }
}
