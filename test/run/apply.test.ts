import { describe, expect, test } from "vitest";
import { Unknown } from "../../src/model/desired.ts";
import { UnreachableError } from "../../src/model/errors.ts";
import { describeId } from "../../src/model/ids.ts";
import type { GeneratedItem } from "../../src/model/plan.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { apply, controllers, lines } from "./applying.ts";
import { MemoryKube, refusal } from "./memory-kube.ts";
import { item, type Line, plan, stack } from "./plans.ts";

function cluster(): MemoryKube {
  const kube = new MemoryKube();
  kube.react = controllers;
  kube.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  return kube;
}

/** What the inventory of a stack says, as text. */
async function recorded(kube: MemoryKube, name: string): Promise<string[] | null> {
  const inventory = (await readInventories(kube, "shop", "default")).get(name)?.inventory;
  return inventory?.entries.map((entry) => `${describeId(entry.id)} ${entry.uid ?? "promised"}`) ?? null;
}

const password: GeneratedItem = {
  action: "create",
  resource: {
    stack: "web",
    address: "random_password.db",
    type: "random_password",
    arguments: { length: 16 },
    origin: { stack: "web", address: "random_password.db", constructPath: "" },
  },
};

describe("an apply", () => {
  test("promises in the inventory before the first change, narrows after the last, and counts", async () => {
    const kube = cluster();
    const promised: (string[] | null)[] = [];
    kube.intercept = async (line) => {
      if (line.startsWith("apply")) promised.push(await recorded(kube, "web"));
    };
    const { result, events } = await apply(
      kube,
      plan(
        stack("web", [
          ["create", "Namespace web"],
          ["create", "Deployment web/shop"],
        ]),
      ),
    );
    expect(promised).toEqual([
      ["Namespace web promised", "Deployment web/shop promised"],
      ["Namespace web promised", "Deployment web/shop promised"],
    ]);
    expect(lines(events)).toEqual(["create Namespace web", "create Deployment web/shop", "stack-ready web"]);
    expect(result).toMatchObject({ ok: true, exitCode: 0 });
    expect(result.counts).toEqual({ create: 2, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 });
    expect(await recorded(kube, "web")).toEqual(["Namespace web web-1", "Deployment web/shop shop-1"]);
  });

  test("an apply with nothing to do writes nothing", async () => {
    const kube = cluster();
    await apply(kube, plan(stack("web", [["create", "Deployment web/shop"]])));
    const [deployment] = kube.all().filter((object) => object.kind === "Deployment");
    kube.writes.length = 0;
    const uid = deployment?.metadata.uid ?? "";
    const { result } = await apply(kube, plan(stack("web", [["unchanged", "Deployment web/shop", { uid }]])));
    expect(kube.writes).toEqual([]);
    expect(result).toMatchObject({ exitCode: 0, counts: { unchanged: 1 } });
  });

  test("a failure skips its dependents, spares the rest, keeps what is true and fails the run", async () => {
    const kube = cluster();
    kube.intercept = (line) => {
      if (line === "apply ServiceAccount web/db") throw refusal(403, "Forbidden", "not allowed");
    };
    const { result, events } = await apply(
      kube,
      plan(
        stack("web", [
          ["create", "ServiceAccount web/db"],
          ["create", "Deployment web/db", { needs: ["ServiceAccount web/db"] }],
          ["create", "ConfigMap web/env"],
        ]),
      ),
    );
    expect(lines(events)).toEqual([
      "create ConfigMap web/env",
      "failed ServiceAccount web/db: not allowed",
      "skipped Deployment web/db because of ServiceAccount web/db",
    ]);
    expect(result).toMatchObject({ ok: false, exitCode: 1, counts: { create: 1, failed: 1 } });
    expect(await recorded(kube, "web")).toEqual(["ConfigMap web/env env-1"]);
  });

  test("a conflict names the field and its owner", async () => {
    const kube = cluster();
    const causes = [
      {
        reason: "FieldManagerConflict",
        field: ".spec.replicas",
        message: 'conflict with "kubectl-edit" using apps/v1',
      },
    ];
    kube.intercept = (line) => {
      if (line.startsWith("apply")) throw Object.assign(refusal(409, "Conflict", "Apply failed"), { causes });
    };
    const { events } = await apply(kube, plan(stack("web", [["update", "Deployment web/shop"]])));
    expect(lines(events)).toEqual(["failed Deployment web/shop: others own spec.replicas (kubectl-edit)"]);
  });

  test("generated values are recorded before any object is sent, and appear in no event", async () => {
    const kube = cluster();
    let heldAtFirstApply: unknown = null;
    kube.intercept = async (line) => {
      if (!line.startsWith("apply")) return;
      heldAtFirstApply ??= (await readInventories(kube, "shop", "default")).get("web")?.inventory.generated;
      throw refusal(422, "Invalid", 'data: Invalid value: "secret-of-random_password.db"');
    };
    const secret = new Unknown("${random_password.db.result}", ["random_password.db"], true);
    const { events } = await apply(
      kube,
      plan(stack("web", [["create", "Secret web/db", { body: { data: { p: secret } } }]], { generated: [password] })),
      {
        fill: (_, template, results) =>
          JSON.parse(
            JSON.stringify(template, (__, value) =>
              value?.expression ? results.generated.get("web/random_password.db")?.attributes["result"] : value,
            ),
          ),
      },
    );
    expect(heldAtFirstApply).toMatchObject({
      "random_password.db": { attributes: { result: "secret-of-random_password.db" } },
    });
    expect(lines(events)).toEqual(['failed Secret web/db: data: Invalid value: "(sensitive)"']);
    expect(JSON.stringify(events)).not.toContain("secret-of");
    expect((await readInventories(kube, "shop", "default")).get("web")?.inventory.generated).toHaveProperty([
      "random_password.db",
    ]);
  });

  test("a value that stays unknown fails the object by name", async () => {
    const body = { data: { ip: new Unknown("${kubernetes_service_v1.lb.status}", ["x"], false) } };
    const { events } = await apply(cluster(), plan(stack("web", [["create", "ConfigMap web/env", { body }]])));
    expect(lines(events)).toEqual([
      "failed ConfigMap web/env: data.ip is still not known: ${kubernetes_service_v1.lb.status}",
    ]);
  });

  test("a replaced object is deleted under its uid, awaited and made again", async () => {
    const kube = cluster();
    await apply(kube, plan(stack("web", [["create", "Deployment web/shop"]])));
    kube.writes.length = 0;
    const { result } = await apply(
      kube,
      plan(stack("web", [["replace", "Deployment web/shop", { uid: "shop-1", body: { spec: { replicas: 2 } } }]])),
    );
    expect(kube.writes.slice(0, 2)).toEqual(["delete Deployment web/shop", "apply Deployment web/shop"]);
    expect(result).toMatchObject({ exitCode: 0, counts: { replace: 1, delete: 0, create: 0 } });
    expect(await recorded(kube, "web")).toEqual(["Deployment web/shop shop-2"]);
  });

  test("when the server stops answering nothing new starts and the promise stays", async () => {
    const kube = cluster();
    kube.intercept = (line) => {
      if (line !== "create Secret default/k8sctl.shop.web") {
        throw new UnreachableError("https://memory", "ECONNREFUSED", "connection refused");
      }
    };
    const { result, events } = await apply(
      kube,
      plan(
        stack("web", [
          ["create", "ConfigMap web/a"],
          ["create", "ConfigMap web/b", { needs: ["ConfigMap web/a"] }],
          ["create", "ConfigMap web/c"],
        ]),
      ),
      { parallelism: 1 },
    );
    expect(lines(events)).toEqual([
      "failed ConfigMap web/a: no answer: connection refused",
      "skipped ConfigMap web/b because of ConfigMap web/a",
      "error: https://memory stopped answering: connection refused",
    ]);
    expect(result.exitCode).toBe(1);
    kube.intercept = () => {};
    expect(await recorded(kube, "web")).toEqual([
      "ConfigMap web/a promised",
      "ConfigMap web/b promised",
      "ConfigMap web/c promised",
    ]);
  });

  test("a hundred objects that are waited for at once raise no warning", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.message);
    process.on("warning", hear);
    const kube = cluster();
    kube.react = (object) => {
      if (object.kind !== "Deployment" || object["status"] !== undefined) return;
      setTimeout(() => {
        const later = structuredClone(object);
        controllers(later);
        kube.put(later);
      }, 20);
    };
    const many = Array.from({ length: 100 }, (_, i): Line => ["create", `Deployment web/d${i}`]);
    const { result } = await apply(kube, plan(stack("web", many)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", hear);
    expect(result).toMatchObject({ exitCode: 0, counts: { create: 100 } });
    expect(warnings).toEqual([]);
  });

  test("somebody else's write to the inventory stops the run before the first change", async () => {
    const kube = cluster();
    await apply(kube, plan(stack("web", [["create", "ConfigMap web/a"]])));
    kube.writes.length = 0;
    const more = plan(stack("web", [["create", "ConfigMap web/b"]]));
    await expect(apply(kube, more, { inventories: new Map() })).rejects.toThrow(/changed by somebody else/);
    expect(kube.writes.filter((line) => line.startsWith("apply"))).toEqual([]);
  });
});

describe("interrupts", () => {
  test("the first Ctrl-C finishes what is in flight, starts nothing new and leaves a true inventory", async () => {
    const kube = cluster();
    const drain = new AbortController();
    kube.intercept = (line) => {
      if (line === "apply ConfigMap web/a") drain.abort();
    };
    const { result, events } = await apply(
      kube,
      plan(
        stack("web", [
          ["create", "ConfigMap web/a"],
          ["create", "ConfigMap web/b"],
        ]),
      ),
      { parallelism: 1, drain: drain.signal },
    );
    expect(lines(events)).toEqual(["create ConfigMap web/a"]);
    expect(result).toMatchObject({ ok: false, exitCode: 130 });
    expect(await recorded(kube, "web")).toEqual(["ConfigMap web/a a-1"]);
  });

  test("the first Ctrl-C ends waiting", async () => {
    const kube = cluster();
    kube.react = () => {};
    const drain = new AbortController();
    const { result } = await apply(kube, plan(stack("web", [["create", "Deployment web/shop"]])), {
      drain: drain.signal,
      onEvent: (event) => {
        if (event.type === "object-status") drain.abort();
      },
    });
    expect(result.exitCode).toBe(130);
    expect(await recorded(kube, "web")).toEqual(["Deployment web/shop shop-1"]);
  });

  test("the second Ctrl-C gives up requests under way; the promise stays", async () => {
    const kube = cluster();
    const abort = new AbortController();
    kube.intercept = (line) => {
      if (!line.startsWith("apply")) return;
      abort.abort();
      return new Promise(() => {});
    };
    const { result } = await apply(kube, plan(stack("web", [["create", "ConfigMap web/a"]])), { abort: abort.signal });
    expect(result.exitCode).toBe(130);
    expect(await recorded(kube, "web")).toEqual(["ConfigMap web/a promised"]);
  });

  test("a lost lock stops the run, even in the middle of a request", async () => {
    const kube = cluster();
    const lost = new AbortController();
    kube.intercept = (line) => {
      if (!line.startsWith("apply")) return;
      lost.abort(new Error("lost"));
      return new Promise(() => {});
    };
    const locks = {
      signal: lost.signal,
      ensureHeld: async () => lost.signal.throwIfAborted(),
      assertHeld: () => lost.signal.throwIfAborted(),
      release: async () => {},
    };
    const { result, events } = await apply(kube, plan(stack("web", [["create", "ConfigMap web/a"]])), { locks });
    expect(lines(events)).toEqual(["error: the lock was lost"]);
    expect(result.exitCode).toBe(1);
    expect(kube.writes).toEqual(["create Secret default/k8sctl.shop.web"]);
  });
});

describe("prune", () => {
  test("deletes under the recorded uid, dependents first, and forgets what is gone", async () => {
    const kube = cluster();
    await apply(
      kube,
      plan(
        stack("web", [
          ["create", "ConfigMap web/env"],
          ["create", "Deployment web/shop", { needs: ["ConfigMap web/env"] }],
        ]),
      ),
    );
    const { result, events } = await apply(
      kube,
      plan(
        stack("web", [
          ["delete", "ConfigMap web/env", { uid: "env-1" }],
          ["delete", "Deployment web/shop", { uid: "shop-1" }],
        ]),
      ),
    );
    expect(lines(events)).toEqual(["delete Deployment web/shop", "delete ConfigMap web/env"]);
    expect(result).toMatchObject({ exitCode: 0, counts: { delete: 2 } });
    expect(kube.all().map((object) => object.metadata.name)).toEqual(["default"]);
  });

  test("an object that was made anew by somebody else is left alone", async () => {
    const kube = cluster();
    await apply(kube, plan(stack("web", [["create", "ConfigMap web/env"]])));
    kube.remove(item("web", ["delete", "ConfigMap web/env"]).id);
    const foreign = kube.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "env", namespace: "web" } });
    const { events } = await apply(kube, plan(stack("web", [["delete", "ConfigMap web/env", { uid: "env-1" }]])));
    expect(lines(events)).toContain(
      "kept ConfigMap web/env: another object has taken its name since the plan was made",
    );
    expect(kube.all().map((object) => object.metadata.uid)).toContain(foreign.metadata.uid);
  });

  test("what a killed run only promised is deleted only when it bears the stack's label", async () => {
    const kube = cluster();
    kube.intercept = (line) => {
      if (line.startsWith("apply")) throw new UnreachableError("https://memory", "ECONNRESET", "reset");
    };
    await apply(kube, plan(stack("web", [["create", "ConfigMap web/env"]])));
    kube.intercept = () => {};
    kube.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "env", namespace: "web" } });
    const { events } = await apply(kube, plan(stack("web", [["delete", "ConfigMap web/env", { uid: "env-1" }]])));
    expect(lines(events)).toContain("kept ConfigMap web/env: it is not of this stack");
    expect(kube.all().map((object) => object.kind)).toContain("ConfigMap");
  });

  test("a namespace that holds others' things stays, with the reason", async () => {
    const kube = cluster();
    kube.types = [
      {
        group: "",
        version: "v1",
        kind: "ConfigMap",
        resource: "configmaps",
        namespaced: true,
        verbs: ["list", "delete"],
      },
      { group: "", version: "v1", kind: "Event", resource: "events", namespaced: true, verbs: ["list", "delete"] },
    ];
    await apply(kube, plan(stack("web", [["create", "Namespace web"]])));
    const put = (kind: string, name: string) =>
      kube.put({ apiVersion: "v1", kind, metadata: { name, namespace: "web" } });
    for (const name of ["kube-root-ca.crt", "theirs"]) put("ConfigMap", name);
    put("Event", "e");
    const prune = plan(stack("web", [["delete", "Namespace web", { uid: "web-1" }]]));
    const { result, events } = await apply(kube, prune);
    expect(lines(events)).toContain("kept Namespace web: it still holds ConfigMap web/theirs");
    expect(result.counts.delete).toBe(0);
    expect(await recorded(kube, "web")).toEqual(["Namespace web web-1"]);
    kube.remove(item("web", ["delete", "ConfigMap web/theirs"]).id);
    expect((await apply(kube, prune)).result.counts.delete).toBe(1);
  });
});
