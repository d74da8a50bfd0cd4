import type { JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { objectAt, textAt } from "../model/read-field.ts";
import { child, each, existing, fill } from "../schema/defaults/missing.ts";
import { fillLimits } from "./admission/limits.ts";
import type { Cluster } from "./call.ts";
import { forbidden } from "./failures.ts";
import { randomSuffix } from "./names.ts";

/**
 * What admission gives a Pod: its service account (which must exist: Refusal 403) with a token volume, a priority, and
 * the tolerations that let it survive a short outage of its node (plugins ServiceAccount, Priority, DefaultTolerationSeconds).
 */
export function preparePod(cluster: Cluster, pod: KubeObject): void {
  const json = asJson(pod);
  const spec = child(json, "spec");
  const pods = { group: "", resource: "pods" };
  fill(spec, { serviceAccountName: "default" });
  const account = textAt(spec, "serviceAccountName");
  spec["serviceAccount"] = account;
  const accounts = cluster.catalog.find("", "v1", "serviceaccounts")!;
  const namespace = pod.metadata.namespace ?? "";
  const found = cluster.store.get(accounts, namespace, account);
  if (found === null) {
    const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
    throw forbidden(pods, pod.metadata.name, why);
  }
  const mounts = spec["automountServiceAccountToken"] ?? asJson(found)["automountServiceAccountToken"] ?? true;
  if (mounts !== false) mountToken(spec);
  fillPriority(cluster, spec, pod.metadata.name);
  fillLimits(cluster, pod);
  const tolerations = Array.isArray(spec["tolerations"]) ? spec["tolerations"] : [];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerated = tolerations.some(
      (toleration) => ["", key].includes(textAt(toleration, "key")) && textAt(toleration, "effect") !== "NoSchedule",
    );
    if (!tolerated) tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
  }
  spec["tolerations"] = tolerations;
  json["status"] = { phase: "Pending", qosClass: qualityOfService(spec) };
}

function mountToken(spec: JsonObject): void {
  const containers = [...each(spec, "initContainers"), ...each(spec, "containers")];
  const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
  const name = `kube-api-access-${randomSuffix()}`;
  for (const container of containers) {
    const mounts = Array.isArray(container["volumeMounts"]) ? container["volumeMounts"] : [];
    if (mounts.some((mount) => textAt(mount, "mountPath") === mountPath)) continue;
    container["volumeMounts"] = [...mounts, { name, readOnly: true, mountPath }];
  }
  const volumes = Array.isArray(spec["volumes"]) ? spec["volumes"] : [];
  const field = { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } };
  const sources: JsonObject[] = [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [field] } },
  ];
  spec["volumes"] = [...volumes, { name, projected: { sources, defaultMode: 420 } }];
}

function fillPriority(cluster: Cluster, spec: JsonObject, name: string): void {
  const className = textAt(spec, "priorityClassName");
  if (className === "") {
    fill(spec, { priority: 0, preemptionPolicy: "PreemptLowerPriority" });
    return;
  }
  const classes = cluster.catalog.find("scheduling.k8s.io", "v1", "priorityclasses")!;
  const found = cluster.store.get(classes, "", className);
  if (found === null) {
    throw forbidden({ group: "", resource: "pods" }, name, `no PriorityClass with name ${className} was found`);
  }
  const { value = 0, preemptionPolicy = "PreemptLowerPriority" } = asJson(found);
  fill(spec, { priority: value, preemptionPolicy });
}

/** Guaranteed, Burstable or BestEffort (API reference, PodStatus.qosClass). */
function qualityOfService(spec: JsonObject): string {
  const containers = [...each(spec, "initContainers"), ...each(spec, "containers")];
  const resources = containers.map((container) => ({
    requests: objectAt(container, "resources", "requests"),
    limits: objectAt(container, "resources", "limits"),
  }));
  const names = ["cpu", "memory"];
  if (
    resources.every(({ requests, limits }) => names.every((n) => requests[n] === undefined && limits[n] === undefined))
  )
    return "BestEffort";
  const guaranteed = resources.every(({ requests, limits }) =>
    names.every((n) => limits[n] !== undefined && requests[n] === limits[n]),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

/**
 * A Job selects its pods by its own uid, unless the user chose the selector (API reference, JobSpec.manualSelector). One
 * without labels has those of its template, what the server adds there among them.
 */
export function prepareJob(job: KubeObject, said: KubeObject): void {
  const json = asJson(job);
  const spec = child(json, "spec");
  const uid = job.metadata.uid ?? "";
  const template = child(spec, "template");
  if (spec["manualSelector"] !== true) {
    const labels = {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": job.metadata.name,
      "controller-uid": uid,
      "job-name": job.metadata.name,
    };
    Object.assign(child(child(template, "metadata"), "labels"), labels);
    const selector = child(child(spec, "selector"), "matchLabels");
    selector["batch.kubernetes.io/controller-uid"] = uid;
  }
  if (Object.keys(said.metadata.labels ?? {}).length === 0)
    child(json, "metadata")["labels"] = structuredClone(existing(template, "metadata", "labels") ?? {});
}

/** A controller without labels gets those of its template. */
export function prepareReplicationController(controller: KubeObject): void {
  const json = asJson(controller);
  const own = existing(json, "metadata", "labels");
  const labels = existing(json, "spec", "template", "metadata", "labels");
  if (labels !== null && Object.keys(own ?? {}).length === 0)
    child(json, "metadata")["labels"] = structuredClone(labels);
}
