import type { JsonObject } from "../../model/json.ts";
import { textAt } from "../../model/read-field.ts";
import { child, each, existing, fill } from "./missing.ts";

/** Defaults of a PodSpec, in a Pod as in a template (API reference, PodSpec v1 core). */
export function defaultPodSpec(spec: JsonObject): void {
  for (const volume of each(spec, "volumes")) defaultVolume(volume);
  const containers = [...each(spec, "initContainers"), ...each(spec, "containers")];
  for (const container of containers) defaultContainer(container);
  if (spec["hostNetwork"] === true) {
    for (const port of containers.flatMap((container) => each(container, "ports")))
      fill(port, { hostPort: port["containerPort"] ?? null });
  }
  fill(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  // serviceAccount is the old name of serviceAccountName; the server keeps both.
  const account = textAt(spec, "serviceAccountName") || textAt(spec, "serviceAccount");
  if (account !== "") Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
}

function defaultContainer(container: JsonObject): void {
  fill(container, {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicy(textAt(container, "image")),
  });
  for (const port of each(container, "ports")) fill(port, { protocol: "TCP" });
  for (const variable of each(container, "env")) {
    const field = existing(variable, "valueFrom", "fieldRef");
    if (field !== null) fill(field, { apiVersion: "v1" });
    defaultDivisor(variable, "valueFrom");
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = existing(container, name);
    if (probe === null) continue;
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    defaultHttpGet(existing(probe, "httpGet"));
    const grpc = existing(probe, "grpc");
    if (grpc !== null) fill(grpc, { service: "" });
  }
  for (const hook of ["postStart", "preStop"]) defaultHttpGet(existing(container, "lifecycle", hook, "httpGet"));
}

function defaultHttpGet(action: JsonObject | null): void {
  if (action !== null) fill(action, { path: "/", scheme: "HTTP" });
}

/** Without a tag, or with `latest`, the image is pulled each time. */
/** As a registry's names are: lower case, below a host that may have a port. */
const readableImage =
  /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@[A-Za-z0-9+._-]+:[0-9a-fA-F]+)?$/;

function pullPolicy(image: string): string {
  // A name that nobody can read has no tag that the server could judge.
  if (!readableImage.test(image)) return "IfNotPresent";
  if (image.includes("@")) return "IfNotPresent";
  const last = image.slice(image.lastIndexOf("/") + 1);
  const colon = last.lastIndexOf(":");
  return colon < 0 || last.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent";
}

function defaultVolume(volume: JsonObject): void {
  // A volume that says nothing but its name is an emptyDir.
  if (Object.keys(volume).every((key) => key === "name")) volume["emptyDir"] = {};
  for (const source of ["configMap", "secret", "downwardAPI", "projected"]) {
    const found = existing(volume, source);
    if (found !== null) fill(found, { defaultMode: 420 });
  }
  defaultSources(volume);
  for (const item of each(volume, "downwardAPI", "items")) defaultFieldRef(item);
  for (const source of each(volume, "projected", "sources")) {
    const token = existing(source, "serviceAccountToken");
    if (token !== null) fill(token, { expirationSeconds: 3600 });
    for (const item of each(source, "downwardAPI", "items")) defaultFieldRef(item);
  }
  const claim = existing(volume, "ephemeral", "volumeClaimTemplate");
  if (claim !== null) {
    child(claim, "metadata");
    fill(child(claim, "spec"), { volumeMode: "Filesystem" });
  }
}

/** Sources that a volume of a pod and a PersistentVolume have in common. */
export function defaultSources(holder: JsonObject): void {
  const presets: Readonly<Record<string, JsonObject>> = {
    hostPath: { type: "" },
    iscsi: { iscsiInterface: "default" },
    rbd: { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" },
    azureDisk: { cachingMode: "ReadWrite", fsType: "ext4", readOnly: false, kind: "Shared" },
    scaleIO: { storageMode: "ThinProvisioned", fsType: "xfs" },
  };
  for (const [source, preset] of Object.entries(presets)) {
    const found = existing(holder, source);
    if (found === null) continue;
    // Nothing is the same as a text that is left out, except where nothing is the default.
    for (const [field, value] of Object.entries(preset))
      if (found[field] === "" && value !== "" && source !== "azureDisk") delete found[field];
    fill(found, preset);
  }
}

function defaultFieldRef(item: JsonObject): void {
  const field = existing(item, "fieldRef");
  if (field !== null) fill(field, { apiVersion: "v1" });
  defaultDivisor(item);
}

/** What a Pod has beyond a template: its own switches, and requests taken over from limits. */
export function defaultPod(pod: JsonObject): void {
  const spec = child(pod, "spec");
  defaultPodSpec(spec);
  fill(spec, { enableServiceLinks: true });
  for (const container of [...each(spec, "initContainers"), ...each(spec, "containers")]) {
    const limits = existing(container, "resources", "limits");
    if (limits !== null) fill(child(child(container, "resources"), "requests"), limits);
  }
}

/** A quantity that is left out is 0, which stands for "1". */
function defaultDivisor(holder: JsonObject, ...path: string[]): void {
  const field = existing(holder, ...path, "resourceFieldRef");
  if (field !== null) fill(field, { divisor: "0" });
}
