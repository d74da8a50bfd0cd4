import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { UnreachableError } from "../../../src/model/errors.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import { makeAuthority } from "../authority.ts";
import { configMap, failure, inTurn, stages } from "./fixture.ts";

const stage = stages();
const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "web", name: "a" };
const desired: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "web" } };
const apply = { fieldManager: "m", force: false, dryRun: false };
const good = { body: configMap("a", "1") };
const busy = { status: 429, headers: { "retry-after": "2" }, body: "try again" };
const broken = failure(500, "InternalError", "webhook is not there yet");
const gone = failure(503, "ServiceUnavailable", "restarting");

describe("what is tried again", () => {
  test.each([
    ["a get after 429", "get", [busy, good], 2],
    ["a create after 429", "create", [busy, good], 2],
    ["a get after 500, 503 and a cut", "get", [failure(500, "", "etcd"), gone, "cut", good], 4],
    ["an apply after a failed webhook and a cut", "apply", [broken, "cut", good], 3],
    ["a create after 503 and a cut", "create", [gone, "cut", good], 3],
    ["a get whose very first connection is cut", "get", ["cut", good], 2],
  ] as const)("%s", async (_, method, replies, requests) => {
    const { kube, asked } = await stage(inTurn(...replies));
    if (method === "get") await kube.get(ref);
    else if (method === "create") await kube.create(desired, "m");
    else await kube.apply(desired, apply);
    expect(asked()).toHaveLength(requests);
  });

  test.each([
    ["an apply after a 500 without a reason (unknown field)", "apply", failure(500, "", "field not declared")],
    ["a create that is there already", "create", failure(409, "AlreadyExists", "there")],
    ["a get after 403", "get", failure(403, "Forbidden", "no")],
  ] as const)("not: %s", async (_, method, reply) => {
    const { kube, asked } = await stage(inTurn(reply, good));
    const act = {
      get: () => kube.get(ref),
      create: () => kube.create(desired, "m"),
      apply: () => kube.apply(desired, apply),
    }[method];
    await expect(act()).rejects.toThrow();
    expect(asked()).toHaveLength(1);
  });

  test("a Retry-After is kept, and there is an end to it", async () => {
    const { kube, clock, asked } = await stage(() => busy);
    await expect(kube.get(ref)).rejects.toMatchObject({ status: 429, retryAfter: 2, message: "try again" });
    expect(clock.slept.length).toBeGreaterThan(1);
    expect(Math.min(...clock.slept)).toBeGreaterThanOrEqual(2000);
    expect(clock.slept.reduce((a, b) => a + b)).toBeLessThan(60_000);
    expect(asked()).toHaveLength(clock.slept.length + 1);
  });

  test.each([
    ["a create", "create"],
    ["a replace", "replace"],
  ] as const)("%s whose answer was lost is settled by what is there", async (_, method) => {
    const refused = failure(409, method === "create" ? "AlreadyExists" : "Conflict", "no");
    const sent = { ...desired, metadata: { ...desired.metadata, resourceVersion: "7" }, data: { n: "1" } };
    const carriedOut = await stage(inTurn("cut", refused, { body: { ...configMap("a", "8"), data: { n: "1" } } }));
    expect(await carriedOut.kube[method](sent, "m")).toMatchObject({ metadata: { resourceVersion: "8" } });
    expect(carriedOut.asked().map((request) => request.method)).toEqual([
      ...(method === "create" ? ["POST", "POST"] : ["PUT", "PUT"]),
      "GET",
    ]);
    const somebodyElse = await stage(inTurn("cut", refused, { body: { ...configMap("a", "8"), data: { n: "2" } } }));
    await expect(somebodyElse.kube[method](sent, "m")).rejects.toMatchObject({ status: 409 });
    const clear = await stage(inTurn(refused));
    await expect(clear.kube[method](sent, "m")).rejects.toMatchObject({ status: 409 });
    expect(clear.asked()).toHaveLength(1);
  });

  test("a server that keeps silent is told of once, and once more when it answers", async () => {
    const cuts = Array.from({ length: 6 }, () => "cut" as const);
    const { kube, told, server } = await stage(inTurn(good, ...cuts, good, good));
    await kube.get(ref);
    await expect(kube.get(ref)).rejects.toThrow();
    expect(told).toEqual([
      `${server.url} has given no answer for 3 s (the connection to ${server.url} was cut); trying on`,
    ]);
    await kube.get(ref);
    await kube.get(ref);
    expect(told.slice(1)).toEqual([expect.stringMatching(/answers again after \d+ s$/)]);
  });

  test("a server that was given up is not tried again and again by the requests that follow", async () => {
    const { kube, clock, asked } = await stage(inTurn(good, ...Array.from({ length: 40 }, () => "cut" as const)));
    await kube.get(ref);
    await expect(kube.get(ref)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(asked()).toHaveLength(7);
    clock.slept.length = 0;
    await expect(kube.get(ref)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(clock.slept).toHaveLength(2);
  });

  test("an abort ends a request that waits for its answer, with the signal's reason", async () => {
    const abort = new AbortController();
    const { kube } = await stage(() => {
      setImmediate(() => abort.abort(new Error("Ctrl-C")));
      return "silence";
    });
    await expect(kube.apply(desired, { ...apply, signal: abort.signal })).rejects.toThrow("Ctrl-C");
  });
});

describe("a guard on writes", () => {
  const lost = new Error("the lock is lost");
  const guard = (tries: number) => {
    let asked = 0;
    return {
      ensureHeld: async () => undefined,
      assertHeld: () => {
        asked += 1;
        if (asked > tries) throw lost;
      },
    };
  };

  test.each(["apply", "create", "replace", "delete", "patch"] as const)(
    "%s: nothing is sent without it",
    async (verb) => {
      const { kube, asked } = await stage(() => good);
      await kube.get(ref);
      const held = kube.guarded(guard(0));
      const act = {
        apply: () => held.apply(desired, apply),
        create: () => held.create(desired, "m"),
        replace: () => held.replace(desired, "m"),
        delete: () => held.delete(ref, { uid: "u", propagation: "Background" }),
        patch: () => held.patch(ref, { data: { a: "b" } }, "m"),
      }[verb];
      await expect(act()).rejects.toBe(lost);
      expect(asked()).toHaveLength(1);
      await held.get(ref);
      await held.apply(desired, { ...apply, dryRun: true });
      expect(asked()).toHaveLength(3);
    },
  );

  test("every further try asks it too", async () => {
    const { kube, asked } = await stage(inTurn("cut", "cut", good));
    await expect(kube.guarded(guard(2)).apply(desired, apply)).rejects.toBe(lost);
    expect(asked()).toHaveLength(2);
  });
});

describe("no answer", () => {
  const reach = async (options: Parameters<typeof stage>[1]): Promise<UnreachableError> => {
    const { kube } = await stage(() => good, options);
    return kube.version().then(
      () => Promise.reject(new Error("it answered")),
      (error) => error,
    );
  };

  test("an authority that the client does not know", async () => {
    const other = await makeAuthority("other");
    const error = await reach({ access: (access) => ({ ...access, certificateAuthority: other.certificate }) });
    expect(error.name).toBe("UnreachableError");
    expect(error.message).toContain("signed by an authority that the credentials do not name");
  });

  test("an expired certificate", async () => {
    const error = await reach({
      serverPair: (authority) => authority.server({ notAfter: new Date(Date.now() - 1000) }),
    });
    expect(error).toMatchObject({ code: "CERT_HAS_EXPIRED", name: "UnreachableError" });
  });

  test("a certificate of another name; tls-server-name accepts it", async () => {
    const serverPair = (authority: { server(o: { names: string[] }): Promise<{ certificate: string; key: string }> }) =>
      authority.server({ names: ["kubernetes.default"] });
    expect(await reach({ serverPair })).toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    const { kube } = await stage(() => ({ body: { gitVersion: "v1.34.1" } }), {
      serverPair,
      access: (access) => ({ ...access, tlsServerName: "kubernetes.default" }),
    });
    expect(await kube.version()).toEqual({ gitVersion: "v1.34.1" });
  });

  test("nobody listens: said at once, without trying again", async () => {
    const free = await freePort();
    const { kube, clock } = await stage(() => good, {
      access: (access) => ({ ...access, server: `https://127.0.0.1:${free}` }),
    });
    await expect(kube.version()).rejects.toMatchObject({ code: "ECONNREFUSED", server: `https://127.0.0.1:${free}` });
    expect(clock.slept).toEqual([]);
  });

  test("a server without TLS", async () => {
    const plain = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as { port: number };
    const error = await reach({ access: (access) => ({ ...access, server: `https://127.0.0.1:${port}` }) });
    expect(error.message).toContain("does not speak TLS");
    plain.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
