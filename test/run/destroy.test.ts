import { describe, expect, test } from "vitest";
import { apiVersionOf, describeId, objectKey } from "../../src/model/ids.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { GeneratedItem, Plan } from "../../src/model/plan.ts";
import { PART_OF_LABEL } from "../../src/plan/applyset.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { apply, controllers, lines } from "./applying.ts";
import { MemoryKube } from "./memory-kube.ts";
import { item, plan, stack } from "./plans.ts";

function cluster(): MemoryKube {
  const kube = new MemoryKube();
  kube.types = ["ConfigMap", "PersistentVolumeClaim", "Secret", "Lease"].map((kind) => ({
    group: "",
    version: "v1",
    kind,
    resource: kind.toLowerCase(),
    namespaced: true,
    verbs: ["list", "delete"],
  }));
  kube.react = (object) => {
    controllers(object);
    if (object.kind === "StatefulSet") makeClaims(kube, object);
  };
  kube.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  return kube;
}

/** As the StatefulSet controller does. */
function makeClaims(kube: MemoryKube, set: KubeObject): void {
  const spec = set["spec"] as { replicas: number; volumeClaimTemplates: { metadata: { name: string } }[] };
  const { replicas } = spec;
  set["status"] = {
    observedGeneration: set.metadata.generation,
    replicas,
    readyReplicas: replicas,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
  };
  const namespace = set.metadata.namespace ?? "";
  for (const template of spec.volumeClaimTemplates) {
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      const name = `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
      kube.put({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace } });
    }
  }
}

const password: GeneratedItem = {
  action: "create",
  resource: {
    stack: "db",
    address: "random_password.pg",
    type: "random_password",
    arguments: {},
    origin: { stack: "db", address: "random_password.pg", constructPath: "" },
  },
};

const set = { spec: { replicas: 2, volumeClaimTemplates: [{ metadata: { name: "data" } }] } };

const database = plan(
  stack(
    "db",
    [
      ["create", "Namespace db"],
      ["create", "ConfigMap db/pg"],
      ["create", "StatefulSet db/pg", { needs: ["ConfigMap db/pg"], body: set }],
      ["create", "PersistentVolumeClaim db/backup"],
    ],
    { generated: [password] },
  ),
);

/** The plan of an empty desired set, from the inventories alone. */
async function nothing(kube: MemoryKube): Promise<Plan> {
  const inventories = await readInventories(kube, "shop", "default");
  return plan(
    ...[...inventories.values()].map(({ inventory }) => ({
      ...stack(inventory.stack, [], { file: null, after: inventory.after }),
      items: inventory.entries.map((entry) => ({
        ...item(inventory.stack, ["delete", describeId(entry.id), entry.uid === null ? {} : { uid: entry.uid }]),
        id: entry.id,
        key: objectKey(entry.id),
        apiVersion: apiVersionOf({ group: entry.id.group, version: entry.version }),
      })),
    })),
  );
}

async function down(kube: MemoryKube, deleteVolumes: boolean) {
  return apply(kube, await nothing(kube), { destroy: { deleteVolumes } });
}

function left(kube: MemoryKube): string[] {
  return kube.all().map((object) => `${object.kind} ${object.metadata.name}`);
}

describe("down", () => {
  test("dependents first; keeps claims, generated values and the namespace around them, and says so", async () => {
    const kube = cluster();
    await apply(kube, database);
    const { result, events } = await down(kube, false);
    expect(lines(events)).toEqual([
      "kept PersistentVolumeClaim db/backup: volumes are kept; --delete-volumes removes them",
      "kept PersistentVolumeClaim db/data-pg-0: made by StatefulSet db/pg; down --delete-volumes removes it",
      "kept PersistentVolumeClaim db/data-pg-1: made by StatefulSet db/pg; down --delete-volumes removes it",
      "delete StatefulSet db/pg",
      "delete ConfigMap db/pg",
      "kept Namespace db: it still holds PersistentVolumeClaim db/backup and 2 more",
      "kept Secret default/k8sctl.shop.db: it holds 1 generated value; down --delete-volumes removes it",
    ]);
    expect(result).toMatchObject({ exitCode: 0, counts: { delete: 2 } });
    expect((await readInventories(kube, "shop", "default")).get("db")?.inventory).toMatchObject({
      entries: [{ id: { kind: "Namespace" } }, { id: { kind: "PersistentVolumeClaim", name: "backup" } }],
      generated: { "random_password.pg": { attributes: { result: "secret-of-random_password.pg" } } },
      keptClaims: [{ id: { name: "data-pg-0" } }, { id: { name: "data-pg-1" } }],
    });
  });

  test("with --delete-volumes nothing is left", async () => {
    const kube = cluster();
    await apply(kube, database);
    const { result, events } = await down(kube, true);
    expect(result).toMatchObject({ exitCode: 0, counts: { delete: 4 } });
    expect(lines(events).filter((line) => line.startsWith("kept"))).toEqual([]);
    expect(left(kube)).toEqual(["Namespace default"]);
  });

  test("what a first down kept, a second one with --delete-volumes removes", async () => {
    const kube = cluster();
    await apply(kube, database);
    await down(kube, false);
    await down(kube, true);
    expect(left(kube)).toEqual(["Namespace default"]);
  });

  test("stacks go before those they came after", async () => {
    const kube = cluster();
    await apply(
      kube,
      plan(
        stack("base", [["create", "ConfigMap x/base"]]),
        stack("web", [["create", "ConfigMap x/web"]], { after: ["base"] }),
      ),
    );
    const { events } = await down(kube, false);
    expect(lines(events).filter((line) => line.startsWith("delete"))).toEqual([
      "delete ConfigMap x/web",
      "delete ConfigMap x/base",
    ]);
    expect(left(kube)).toEqual(["Namespace default"]);
  });

  test("a namespace that was there before is given back without our mark", async () => {
    const kube = cluster();
    kube.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "db" } });
    await apply(kube, plan(stack("db", [["adopt", "Namespace db", { uid: "db-1" }]])));
    const { result, events } = await down(kube, true);
    expect(lines(events)).toContain("kept Namespace db: it was there before this project");
    expect(result).toMatchObject({ exitCode: 0, counts: { delete: 0 } });
    expect(left(kube)).toEqual(["Namespace default", "Namespace db"]);
    expect(kube.all()[1]?.metadata.labels).not.toHaveProperty([PART_OF_LABEL]);
  });

  test("an object that does not go in time is named with what holds it, and stays recorded", async () => {
    const kube = cluster();
    await apply(kube, plan(stack("web", [["create", "ConfigMap x/a"]])));
    const [config] = kube.all().filter((object) => object.kind === "ConfigMap");
    if (config) kube.put({ ...config, metadata: { ...config.metadata, finalizers: ["example.com/hold"] } });
    const { result, events } = await apply(kube, await nothing(kube), {
      destroy: { deleteVolumes: false },
      timeouts: { objectSeconds: 0.05, overallSeconds: null },
    });
    expect(lines(events)).toContain(
      "failed ConfigMap x/a: ConfigMap x/a is still there 0.05 s after its deletion: held by finalizers example.com/hold",
    );
    expect(result).toMatchObject({ exitCode: 1, counts: { delete: 0, failed: 1 } });
    expect((await readInventories(kube, "shop", "default")).get("web")?.inventory.entries).toHaveLength(1);
  });

  test("a run that ends first has told what holds the object", async () => {
    const kube = cluster();
    await apply(kube, plan(stack("web", [["create", "ConfigMap x/a"]])));
    const [config] = kube.all().filter((object) => object.kind === "ConfigMap");
    if (config) kube.put({ ...config, metadata: { ...config.metadata, finalizers: ["example.com/hold"] } });
    const { result, events } = await apply(kube, await nothing(kube), {
      destroy: { deleteVolumes: false },
      timeouts: { objectSeconds: 60, overallSeconds: 2.5 },
    });
    expect(result.exitCode).toBe(1);
    const statuses = events.flatMap((event) => (event.type === "object-status" ? [event.status] : []));
    expect(statuses).toContainEqual(
      expect.objectContaining({ phase: "terminating", message: "held by example.com/hold" }),
    );
  });
});
