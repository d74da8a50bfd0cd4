import { beforeAll, describe, expect, test } from "vitest";
import { provesUnchanged } from "../../src/fields/proof.ts";
import type { Desired } from "../../src/model/desired.ts";
import { KubeError } from "../../src/model/errors.ts";
import { describeId, typeOf } from "../../src/model/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { FieldChange, PlanItem } from "../../src/model/plan.ts";
import type { TemplateObject } from "../../src/plan/body.ts";
import { dryRunDefaults } from "../../src/plan/defaulted.ts";
import { changedByServer } from "../../src/plan/exceeding.ts";
import type { Kube, ObjectRef } from "../../src/ports.ts";
import { type ParityCase, parityCases } from "../desired/parity.ts";
import { clusterOfFile, onReal } from "./cluster.ts";
import { planLines, projectOn, type Resources } from "./runs.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

/** Types that are no objects of their own; the decoder says that it has no way for them. */
const NOT_OBJECTS =
  /^kubernetes_(annotations|labels|env|config_map_v1_data|node_taint|token_request_v1|default_service_account(_v1)?)$/;

/**
 * Accepted by the server of the recording (1.20 or 1.32) and refused by this one, with what it says. Validation became
 * stricter: nothing that the mapping could do better.
 */
const REFUSED_BY_NOW: readonly (readonly [cases: RegExp, answer: RegExp])[] = [
  [/^kubernetes_horizontal_pod_autoscaler/, /scaleTargetRef\.apiVersion: .*must specify API group/],
  [/^kubernetes_stateful_set_v1\.full-downward-both$/, /fieldRef and resourceFieldRef can not be specified/],
  [/^kubernetes_stateful_set_v1\.full-init-probes$/, /may not be set for init containers/],
  [/^kubernetes_stateful_set_v1\.full-volumes$/, /volumes\[0\]\.name: Required value/],
];

/**
 * What lives otherwise than it was sent, so that "unchanged" takes a dry run. The list can only shrink: a case that is
 * proved after all fails its test.
 */
const TAKES_A_DRY_RUN: readonly (readonly [cases: RegExp, reason: string])[] = [
  [/^kubernetes_certificate_signing_request_v1\./, "the server adds the requester's groups to an atomic list"],
  [/^kubernetes_cluster_role(_v1)?\.minimal$/, "an empty list of rules is stored as null"],
  [/^kubernetes_(cluster_)?role_binding(_v1)?\.(full|generate-name|minimal)$/, "subjects get their API group"],
  [/^kubernetes_csi_driver_v1\.full-nospec$/, "an empty spec gets defaults inside"],
  [/^kubernetes_job(_v1)?\.minimal$/, "an empty template metadata gets labels inside"],
  [/^kubernetes_stateful_set_v1\.full-containers$/, "claim templates get defaults inside an atomic list"],
  [/^kubernetes_limit_range\.full$/, "limits get default requests inside an atomic list"],
];

/**
 * What the embedded cluster does otherwise, so that the case fails on it. The list can only shrink: a case that passes
 * after all fails its test.
 */
const EMBEDDED_OTHERWISE: readonly (readonly [cases: RegExp, reason: string])[] = [
  [/^kubernetes_certificate_signing_request_v1\./, "who asked for a certificate is not written into the request"],
  [/^kubernetes_horizontal_pod_autoscaler\.full$/, "an autoscaler of v1 is filled in as one of v2"],
];

/** What admission adds to new objects: no defaults, and not predicted. */
const ADMITTED: readonly RegExp[] = [
  /^(PersistentVolume(Claim)?|Namespace) (metadata|spec)\.finalizers/,
  /^PersistentVolumeClaim spec\.storageClassName/,
  /^Service spec\.ipFamil/,
  /^Pod spec\.(serviceAccount(Name)?|tolerations|priority|preemptionPolicy) /,
  /^Job spec\.template\.metadata\.labels.*job-name/,
  // Go writes a struct that is no pointer even where nothing is in it.
  /^(LimitRange|ResourceQuota) spec .*\{\}/,
  /^CertificateSigningRequest spec\.(username|groups|uid|extra)/,
];

/**
 * Where the dry run of a new object says otherwise than what was predicted without a cluster, and what the server would
 * change of what is sent.
 */
function unpredicted(item: PlanItem, predicted: PlanItem | undefined, made: KubeObject): string[] {
  const { id, sent, sensitive } = item;
  const desired = { ...item, object: sent!, id, sensitive, origin: item.origin! } as Desired;
  const linesOf = (defaults: readonly FieldChange[] = []) =>
    defaults.map(({ path, after }) => `${id.kind} ${path} ${JSON.stringify(after)}`);
  const [real, ours] = [linesOf(dryRunDefaults(desired, sent as TemplateObject, made)), linesOf(predicted?.defaults)];
  return [
    ...real.filter((line) => !ours.includes(line) && !ADMITTED.some((words) => words.test(line))),
    ...ours.filter((line) => !real.includes(line)).map((line) => `not so: ${line}`),
    ...changedByServer(sent as unknown as KubeObject, made).map((path) => `changed: ${id.kind} ${path}`),
  ];
}

/** Objects that a case is made of, containers first. */
function inOrder(items: readonly PlanItem[]): PlanItem[] {
  return [...items].sort((a, b) => Number(b.id.kind === "Namespace") - Number(a.id.kind === "Namespace"));
}

function refOf(item: PlanItem): ObjectRef {
  return { ...typeOf(item.apiVersion, item.id.kind), namespace: item.id.namespace, name: item.id.name };
}

function resourcesOf(one: ParityCase): Resources {
  const own = one.given?.[one.type];
  const all: JsonObject = { ...one.given, [one.type]: { ...(isJsonObject(own) ? own : {}), this: one.config } };
  return all as Resources;
}

function outcomeOf(one: ParityCase): string {
  return String((one as ParityCase & { outcome?: unknown }).outcome);
}

const cases = parityCases().filter((one) => !NOT_OBJECTS.test(one.type));

describe("what the decoder makes of each configuration, on the cluster", () => {
  for (const [index, one] of cases.entries()) {
    const fails = !onReal && EMBEDDED_OTHERWISE.some(([names]) => names.test(one.name));
    test(one.name, { fails }, () => holds(one, index));
  }

  async function holds(one: ParityCase, index: number): Promise<void> {
    const project = projectOn(`parity-${index}`);
    const fieldManager = `k8sctl:parity-${index}`;
    const app = resourcesOf(one);
    const applied: PlanItem[] = [];
    try {
      const plan = await project.plan({ app });
      const predicted = (await project.plan({ app }, { unasked: true })).stacks.flatMap((stack) => stack.items);
      const otherwise: string[] = [];
      let refusal: KubeError | null = null;
      const unproved: string[] = [];
      for (const item of inOrder(plan.stacks.flatMap((stack) => stack.items))) {
        try {
          const sent = item.sent as unknown as KubeObject;
          const { created, object } = await kube.apply(sent, { fieldManager, force: false, dryRun: true });
          const before = predicted.find(({ key }) => key === item.key);
          if (created && item.id.part === undefined) otherwise.push(...unpredicted(item, before, object));
          await kube.apply(sent, { fieldManager, force: false, dryRun: false });
        } catch (error) {
          if (!(error instanceof KubeError)) throw error;
          refusal = error;
          continue;
        }
        applied.push(item);
        const live = await kube.get(refOf(item));
        if (live === null || !provesUnchanged({ live, desired: item.sent!, manager: fieldManager })) {
          unproved.push(describeId(item.id));
        }
      }
      expect(otherwise).toEqual([]);
      if (refusal !== null) {
        // What it says of one object may not be said of the version, which it has long ceased to serve.
        const known = REFUSED_BY_NOW.some(([names, text]) => names.test(one.name) && text.test(refusal.message));
        if (outcomeOf(one) !== "rejected" && !known) expect(refusal.message).toMatch(/does not serve .*\/v\d+beta/);
        return;
      }
      expect(planLines(await project.plan({ app }))).toEqual([]);
      const known = TAKES_A_DRY_RUN.some(([names]) => names.test(one.name));
      expect(unproved).toHaveLength(known ? 1 : 0);
    } finally {
      for (const item of applied.reverse()) await kube.delete(refOf(item), { propagation: "Background" });
    }
  }
});
