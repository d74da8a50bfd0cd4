import { afterEach, beforeAll } from "vitest";
import { openKube } from "../../../src/host/kube/kube.ts";
import type { ClusterAccess } from "../../../src/model/access.ts";
import type { Exec, Kube } from "../../../src/ports.ts";
import { type Authority, makeAuthority, type Pair } from "../authority.ts";
import { accessTo, type Reply, type ScriptedServer, type Seen, startScripted, TestClock } from "../scripted-server.ts";

const noPrograms: Exec = {
  run: () => Promise.reject(new Error("no program is expected to run")),
};

const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];

const discovery = (group: string, version: string, resources: readonly [string, string, boolean][]) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items: [
    {
      metadata: { name: group },
      versions: [
        {
          version,
          resources: resources.map(([resource, kind, namespaced]) => ({
            resource,
            responseKind: { group: "", version: "", kind },
            scope: namespaced ? "Namespaced" : "Cluster",
            verbs,
          })),
        },
      ],
    },
  ],
});

/** The discovery documents of a server with ConfigMaps, Namespaces and Deployments; null for other paths. */
function discoveryReply(request: Seen): Reply | null {
  if (request.path === "/api") {
    return {
      body: discovery("", "v1", [
        ["configmaps", "ConfigMap", true],
        ["namespaces", "Namespace", false],
      ]),
    };
  }
  if (request.path === "/apis") return { body: discovery("apps", "v1", [["deployments", "Deployment", true]]) };
  return null;
}

export interface Stage {
  readonly kube: Kube;
  readonly server: ScriptedServer;
  readonly clock: TestClock;
  /** What it said of a server that keeps silent. */
  readonly told: readonly string[];
  /** Requests other than discovery. */
  asked(): Seen[];
}

interface StageOptions {
  readonly access?: (access: ClusterAccess) => ClusterAccess;
  readonly exec?: Exec;
  /** Certificate of the server; issued by the authority that the client trusts unless given. */
  readonly serverPair?: (authority: Authority) => Promise<Pair>;
}

/** Starts servers and clients for the tests of a file and ends them after each test. */
export function stages() {
  let authority: Authority;
  let defaultPair: Pair;
  let client: Pair;
  const open: Stage[] = [];
  beforeAll(async () => {
    authority = await makeAuthority();
    defaultPair = await authority.server();
    client = await authority.client("tester");
  });
  afterEach(async () => {
    for (const stage of open.splice(0)) {
      stage.kube.close();
      await stage.server.close();
    }
  });
  return async (play: (request: Seen) => Reply, options: StageOptions = {}): Promise<Stage> => {
    const pair = (await options.serverPair?.(authority)) ?? defaultPair;
    const server = await startScripted({ ...pair, authority }, (seen) => discoveryReply(seen) ?? play(seen));
    const clock = new TestClock();
    const plain = accessTo(server.url, authority, client);
    const told: string[] = [];
    const ports = { exec: options.exec ?? noPrograms, clock };
    const kube = openKube(options.access?.(plain) ?? plain, ports, (message) => told.push(message));
    const stage: Stage = {
      kube,
      server,
      clock,
      told,
      asked: () => server.seen.filter((seen) => discoveryReply(seen) === null),
    };
    open.push(stage);
    return stage;
  };
}

/** Plays the replies one after the other; asking for more than there are fails the test loudly. */
export function inTurn(...replies: readonly Reply[]): (request: Seen) => Reply {
  let next = 0;
  return (request) => {
    const reply = replies[next++];
    return reply ?? { status: 418, body: `no reply left for ${request.method} ${request.path}` };
  };
}

export const configMap = (name: string, resourceVersion: string, more: Record<string, unknown> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "web", uid: `uid-${name}`, resourceVersion },
  ...more,
});

export const listOf = (resourceVersion: string, items: readonly unknown[], next = "") => ({
  body: { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion, continue: next }, items },
});

export const failure = (code: number, reason: string, message: string, details: object = {}): Reply => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, details, code },
});
