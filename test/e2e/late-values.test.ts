import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { Kube } from "../../src/ports.ts";
import { clusterOfFile } from "./cluster.ts";
import { planLines, projectOn, type Resources } from "./runs.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

/** A namespace, an account, a Secret that its token is bound to, and a Secret that holds the token. */
function withToken(namespace: string, more: { spec?: JsonObject; labels?: JsonObject; account?: JsonObject } = {}) {
  const inside = (name: string): JsonObject => ({ name, namespace });
  return {
    kubernetes_namespace_v1: { ns: { metadata: { name: namespace } } },
    kubernetes_service_account_v1: { bot: { metadata: { ...inside("bot"), ...more.account } } },
    kubernetes_secret_v1: {
      anchor: { metadata: inside("anchor") },
      copy: { metadata: inside("copy"), data: { token: "${kubernetes_token_request_v1.bot.token}" } },
    },
    kubernetes_token_request_v1: {
      bot: {
        metadata: {
          ...inside("${kubernetes_service_account_v1.bot.metadata[0].name}"),
          ...(more.labels === undefined ? {} : { labels: more.labels }),
        },
        spec: {
          bound_object_ref: {
            api_version: "v1",
            kind: "Secret",
            name: "anchor",
            uid: "${kubernetes_secret_v1.anchor.metadata[0].uid}",
          },
          ...more.spec,
        },
      },
    },
    kubernetes_config_map_v1: {
      facts: {
        metadata: inside("facts"),
        data: {
          id: "${kubernetes_token_request_v1.bot.id}",
          audience: "${kubernetes_token_request_v1.bot.spec[0].audiences[0]}",
        },
      },
    },
  } satisfies Resources;
}

async function dataOf(kind: "Secret" | "ConfigMap", namespace: string, name: string): Promise<Record<string, string>> {
  const live = await kube.get({ group: "", version: "v1", kind, namespace, name });
  const data = (live?.["data"] ?? {}) as Record<string, string>;
  if (kind === "ConfigMap") return data;
  return Object.fromEntries(Object.entries(data).map(([k, v]) => [k, Buffer.from(v, "base64").toString()]));
}

/** Claims of the token in the Secret `copy`. */
async function claims(namespace: string): Promise<JsonObject> {
  const { token = "" } = await dataOf("Secret", namespace, "copy");
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as JsonObject;
}

const values = (plan: Awaited<ReturnType<ReturnType<typeof projectOn>["plan"]>>) =>
  plan.stacks.flatMap(({ generated }) =>
    generated
      .filter(({ action }) => action !== "unchanged")
      .map(({ action, resource, because }) => [action, resource.address, ...(because ? [because] : [])].join(" ")),
  );

describe("a token of a service account", () => {
  test("is asked for when its account is there, kept, and asked for anew when it serves no more", async () => {
    const namespace = "late-token";
    const project = projectOn(namespace);
    try {
      const first = await project.up({ app: withToken(namespace) });
      expect(first.result).toMatchObject({ exitCode: 0, counts: { create: 5, failed: 0 } });
      expect(values(first.plan)).toEqual(["create kubernetes_token_request_v1.bot"]);
      const made = await claims(namespace);
      expect(made["sub"]).toBe(`system:serviceaccount:${namespace}:bot`);
      expect(await dataOf("ConfigMap", namespace, "facts")).toEqual({
        id: `${namespace}/bot`,
        audience: (made["aud"] as string[])[0],
      });
      const { token = "" } = await dataOf("Secret", namespace, "copy");
      expect(JSON.stringify(first.events)).not.toContain(token.slice(-40));

      // The provider makes no call when labels change.
      const labelled = await project.plan({ app: withToken(namespace, { labels: { tier: "gold" } }) });
      expect([...planLines(labelled), ...values(labelled)]).toEqual([]);

      const asksForMore = { app: withToken(namespace, { spec: { expiration_seconds: 7200 } }) };
      const second = await project.up(asksForMore);
      expect(values(second.plan)).toEqual(["replace kubernetes_token_request_v1.bot arguments"]);
      const renewed = await claims(namespace);
      expect(Number(renewed["exp"]) - Number(renewed["iat"])).toBe(7200);
      const calm = await project.plan(asksForMore);
      expect([...planLines(calm), ...values(calm)]).toEqual([]);

      const account = { group: "", version: "v1", kind: "ServiceAccount", namespace, name: "bot" };
      await kube.delete(account, { propagation: "Background" });
      expect(values(await project.plan(asksForMore))).toEqual(["replace kubernetes_token_request_v1.bot outlived"]);
      await project.up(asksForMore);
      const uid = (await kube.get(account))?.metadata.uid;
      expect(JSON.stringify(await claims(namespace))).toContain(uid);
    } finally {
      const { result } = await project.down({ deleteVolumes: false });
      expect(result.exitCode).toBe(0);
    }
    // Without the account it is worth nothing: nothing is kept for it.
    const inventory = {
      group: "",
      version: "v1",
      kind: "Secret",
      namespace: "default",
      name: `k8sctl.${namespace}.app`,
    };
    expect(await kube.get(inventory)).toBeNull();
  });

  test("that the server refuses fails with the server's words and holds up what needs it", async () => {
    const namespace = "late-refused";
    const project = projectOn(namespace);
    const app = withToken(namespace);
    const body = app.kubernetes_token_request_v1.bot as JsonObject;
    const missing = {
      ...body,
      metadata: { name: "nobody", namespace: "${kubernetes_namespace_v1.ns.metadata[0].name}" },
    };
    try {
      const { result, events } = await project.up({ app: { ...app, kubernetes_token_request_v1: { bot: missing } } });
      expect(result).toMatchObject({ ok: false, exitCode: 1, counts: { create: 3, failed: 1 } });
      expect(events).toContainEqual(
        expect.objectContaining({
          type: "error",
          message: 'kubernetes_token_request_v1.bot: serviceaccounts "nobody" not found',
        }),
      );
      expect(events).toContainEqual(
        expect.objectContaining({ type: "object-skipped", because: "kubernetes_token_request_v1.bot" }),
      );
    } finally {
      await project.down();
    }
  });
});

test("values that need what the API gives are made in the middle of the run, and kept", async () => {
  const project = projectOn("late-values");
  const app: Resources = {
    kubernetes_config_map_v1: {
      first: { metadata: { name: "late-first" } },
      last: {
        metadata: { name: "late-last" },
        data: {
          uid: "${null_resource.uid.triggers.uid}",
          kept: "${terraform_data.uid.output}",
          at: "${time_sleep.x.id}",
        },
      },
    },
    null_resource: { uid: { triggers: { uid: "${kubernetes_config_map_v1.first.metadata[0].uid}" } } },
    terraform_data: {
      uid: {
        input: "${kubernetes_config_map_v1.first.metadata[0].uid}",
        lifecycle: {
          precondition: {
            condition: '${kubernetes_config_map_v1.first.metadata[0].uid != ""}',
            error_message: "there is no uid",
          },
        },
      },
    },
    time_sleep: { x: { create_duration: "10ms", depends_on: ["kubernetes_config_map_v1.first"] } },
  };
  try {
    const { result } = await project.up({ app });
    expect(result.exitCode).toBe(0);
    const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "default", name: "late-first" };
    const uid = (await kube.get(ref))?.metadata.uid;
    expect(await dataOf("ConfigMap", "default", "late-last")).toEqual({ uid, kept: uid, at: expect.any(String) });
    const calm = await project.plan({ app });
    expect([...planLines(calm), ...values(calm)]).toEqual([]);
  } finally {
    await project.down();
  }
});

test("what refers to an object that is made anew is known after apply, and is right after one run", async () => {
  const project = projectOn("late-anew");
  const app = (word: string): Resources => ({
    // Not known while the Job is planned anew, and the same in the end.
    random_pet: { pet: { keepers: { generation: "${kubernetes_job_v1.once.metadata[0].generation}" } } },
    kubernetes_job_v1: {
      once: {
        metadata: { name: "late-once" },
        wait_for_completion: false,
        spec: {
          template: {
            metadata: {},
            spec: { restart_policy: "Never", container: [{ name: "c", image: "busybox", command: ["echo", word] }] },
          },
        },
      },
    },
    kubernetes_config_map_v1: {
      uid: {
        metadata: { name: "late-anew" },
        data: {
          uid: "${kubernetes_job_v1.once.metadata[0].uid}",
          name: "${kubernetes_job_v1.once.metadata[0].name}",
          pet: "${random_pet.pet.id}",
        },
      },
    },
  });
  try {
    await project.up({ app: app("one") });
    const { pet } = await dataOf("ConfigMap", "default", "late-anew");
    const changed = await project.plan({ app: app("two") });
    expect(changed.stacks[0]?.items.map(({ action, id }) => `${action} ${id.kind}`).sort()).toEqual([
      "replace Job",
      "update ConfigMap",
    ]);
    const shown = changed.stacks[0]?.items.find(({ id }) => id.kind === "ConfigMap")?.changes;
    expect(shown?.map(({ path, after }) => [path, after.kind]).sort()).toEqual([
      ["data.pet", "unknown"],
      ["data.uid", "unknown"],
    ]);
    expect(values(changed)).toEqual(["replace random_pet.pet pending"]);
    await project.up({ app: app("two") }, { allowDataLoss: true });
    const job = await kube.get({ group: "batch", version: "v1", kind: "Job", namespace: "default", name: "late-once" });
    expect(await dataOf("ConfigMap", "default", "late-anew")).toMatchObject({ uid: job?.metadata.uid, pet });
    expect(planLines(await project.plan({ app: app("two") }))).toEqual([]);
  } finally {
    await project.down();
  }
});
