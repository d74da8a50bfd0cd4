import { isJsonObject } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, textAt } from "../../model/read-field.ts";
import { BESIDES_VOLUME_SOURCE } from "../../schema/union-rules.ts";
import { quantity } from "../controllers/quantity.ts";
import { type FieldError, forbiddenField, invalidValue } from "../failures.ts";
import { changedDefinition } from "./definitions.ts";
import { goJson, goSelector } from "./go-text.ts";
import { differs } from "./kinds.ts";

type Change = (object: KubeObject, live: KubeObject) => FieldError[];

/** `said` is what the writer sent or patched together, before Go's decoding left empty maps out. */
type ChangeSaid = (object: KubeObject, live: KubeObject, said: KubeObject) => FieldError[];

const fixed = "field is immutable";

const fixedSelector: Change = (object, live) =>
  differs(object, live, "spec", "selector")
    ? [invalidValue("spec.selector", goSelector(at(object, "spec", "selector")), fixed)]
    : [];

const fixedRole: Change = (object, live) => {
  if (!differs(object, live, "roleRef")) return [];
  const part = (name: string) => textAt(object, "roleRef", name);
  const shown = { APIGroup: part("apiGroup"), Kind: part("kind"), Name: part("name") };
  return [invalidValue("roleRef", goJson(shown), "cannot change roleRef")];
};

/**
 * Data of a ConfigMap or Secret that was declared immutable. Maps of bytes are compared by Go's reflect.DeepEqual, to which
 * an empty one, as a writer may say it, is another than none, as it is stored.
 */
function fixedData(bytes: "data" | "binaryData"): ChangeSaid {
  return (object, live, said) => {
    if (at(live, "immutable") !== true) return [];
    const why = "field is immutable when `immutable` is set";
    const saysEmpty = isJsonObject(at(said, bytes)) && at(object, bytes) === undefined;
    const changed = ["immutable", "data", "binaryData"].filter(
      (field) => differs(object, live, field) || (field === bytes && saysEmpty),
    );
    return changed.map((field) => forbiddenField(field, why));
  };
}

/** One field that cannot change; `shown` is how the message calls it where that is not its path. */
function fixedField(path: string, shown = path): Change {
  const keys = path.split(".");
  return (object, live) =>
    differs(object, live, ...keys) ? [invalidValue(shown, JSON.stringify(at(object, ...keys) ?? null), fixed)] : [];
}

const notSource = new Set(BESIDES_VOLUME_SOURCE);

const fixedSource: Change = (object, live) => {
  const fields = Object.keys({ ...(at(object, "spec") as object), ...(at(live, "spec") as object) });
  const sources = fields.filter((field) => !notSource.has(field));
  const why = "spec.persistentvolumesource is immutable after creation";
  return sources.some((field) => differs(object, live, "spec", field))
    ? [forbiddenField("spec.persistentvolumesource", why)]
    : [];
};

/** Fields that cannot change once set, by kind (wording of the recorded answers). */
export const changeRules: Readonly<Record<string, ChangeSaid>> = {
  "apiextensions.k8s.io/CustomResourceDefinition": changedDefinition,
  "apps/Deployment": fixedSelector,
  "apps/ReplicaSet": fixedSelector,
  "apps/DaemonSet": fixedSelector,
  "apps/StatefulSet": (object, live) => {
    const free = [
      "replicas",
      "ordinals",
      "template",
      "updateStrategy",
      "revisionHistoryLimit",
      "persistentVolumeClaimRetentionPolicy",
      "minReadySeconds",
    ];
    const others = new Set([
      ...Object.keys((at(object, "spec") as object) ?? {}),
      ...Object.keys((at(live, "spec") as object) ?? {}),
    ]);
    for (const field of free) others.delete(field);
    if (![...others].some((field) => differs(object, live, "spec", field))) return [];
    const list = `${free
      .slice(0, -1)
      .map((field) => `'${field}'`)
      .join(", ")} and '${free.at(-1)}'`;
    return [forbiddenField("spec", `updates to statefulset spec for fields other than ${list} are forbidden`)];
  },
  "batch/Job": (object, live) => [
    ...(differs(object, live, "spec", "completions")
      ? [invalidValue("spec.completions", textAt(object, "spec", "completions"), fixed)]
      : []),
    ...fixedSelector(object, live),
    ...(differs(object, live, "spec", "template")
      ? [invalidValue("spec.template", "core.PodTemplateSpec{...}", fixed)]
      : []),
    ...(differs(object, live, "spec", "completionMode")
      ? [invalidValue("spec.completionMode", JSON.stringify(textAt(object, "spec", "completionMode")), fixed)]
      : []),
  ],
  "/Pod": (object, live) => changedPod(object, live),
  "/Service": (object, live) => {
    const type = textAt(object, "spec", "type");
    const status = ["status", "loadBalancer", "ingress"];
    if (type !== "LoadBalancer" && listAt(object, ...status).length > 0 && differs(object, live, ...status))
      return [forbiddenField(status.join("."), "may only be used when `spec.type` is 'LoadBalancer'")];
    const [was, is] = [textAt(live, "spec", "clusterIP"), textAt(object, "spec", "clusterIP")];
    if (was === "" || is === was || type === "ExternalName") return [];
    return [invalidValue("spec.clusterIPs[0]", goJson([is]), "may not change once set")];
  },
  "/PersistentVolume": (object, live) => [...fixedSource(object, live), ...fixedField("spec.volumeMode")(object, live)],
  "/PersistentVolumeClaim": (object, live) => {
    const changed = Object.keys({ ...(at(object, "spec") as object), ...(at(live, "spec") as object) }).filter(
      (field) => differs(object, live, "spec", field),
    );
    const bound = textAt(live, "status", "phase") === "Bound";
    const binding = textAt(live, "spec", "volumeName") === "" ? ["volumeName"] : [];
    const free = new Set([...(bound ? ["resources", "volumeAttributesClassName"] : []), ...binding]);
    if (changed.every((field) => free.has(field))) return isSmaller(object, live) ? [tooSmall] : [];
    const why =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    return [forbiddenField("spec", why)];
  },
  "/ConfigMap": fixedData("binaryData"),
  "/Secret": (object, live, said) => [
    ...(differs(object, live, "type") ? [invalidValue("type", JSON.stringify(textAt(object, "type")), fixed)] : []),
    ...fixedData("data")(object, live, said),
  ],
  "scheduling.k8s.io/PriorityClass": (object, live) =>
    differs(object, live, "value") ? [forbiddenField("value", "may not be changed in an update.")] : [],
  "networking.k8s.io/IngressClass": (object, live) =>
    differs(object, live, "spec", "controller")
      ? [invalidValue("spec.controller", JSON.stringify(textAt(object, "spec", "controller")), fixed)]
      : [],
  "rbac.authorization.k8s.io/RoleBinding": fixedRole,
  "rbac.authorization.k8s.io/ClusterRoleBinding": fixedRole,
  "storage.k8s.io/StorageClass": (object, live) =>
    [
      ["parameters", "updates to parameters are forbidden."],
      ["provisioner", "updates to provisioner are forbidden."],
      ["reclaimPolicy", "updates to reclaimPolicy are forbidden."],
    ]
      .flatMap(([field, why]) => (differs(object, live, field!) ? [forbiddenField(field!, why!)] : []))
      .concat(fixedField("volumeBindingMode")(object, live)),
  // The server's own messages spell the driver's field so.
  "storage.k8s.io/CSIDriver": (object, live) => [
    ...fixedField("spec.attachRequired", "spec.attachedRequired")(object, live),
    ...fixedField("spec.volumeLifecycleModes")(object, live),
  ],
  "node.k8s.io/RuntimeClass": fixedField("handler"),
  "discovery.k8s.io/EndpointSlice": fixedField("addressType"),
};

const tooSmall = forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity");

/** Whether a bound claim asks for less than before. */
function isSmaller(object: KubeObject, live: KubeObject): boolean {
  const asked = (claim: KubeObject) => quantity(textAt(claim, "spec", "resources", "requests", "storage"));
  return asked(object) < asked(live);
}

const podText =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

function changedPod(object: KubeObject, live: KubeObject): FieldError[] {
  for (const part of ["containers", "initContainers"]) {
    if (listAt(object, "spec", part).length !== listAt(live, "spec", part).length)
      return [forbiddenField(`spec.${part}`, "pod updates may not add or remove containers")];
  }
  const comparable = (pod: KubeObject) => {
    const {
      tolerations: _,
      activeDeadlineSeconds: __,
      nodeName: ___,
      ...spec
    } = (at(pod, "spec") ?? {}) as Record<string, unknown>;
    const withoutImage = (part: string) =>
      listAt(pod, "spec", part).map((container) => ({ ...(container as object), image: "" }));
    return { ...spec, containers: withoutImage("containers"), initContainers: withoutImage("initContainers") };
  };
  return differs(comparable(object), comparable(live)) ? [forbiddenField("spec", podText)] : [];
}
