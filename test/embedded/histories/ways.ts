import type { KubeObject } from "../../../src/model/objects.ts";
import type { Script } from "./play.ts";

type Way = Readonly<Record<string, string>>;

const unready = "cat: can't open '/tmp/ready': No such file or directory";

/**
 * Why pods failed in a recording is in their commands, which the embedded cluster does not run: here it is told by
 * annotations. One for each thing that was applied: the manifest's first, then those of the actions.
 */
const ways: Readonly<Record<string, readonly (Way | null)[]>> = {
  cronjob: [{ runs: "3" }],
  "deployment-bad-command": [{ fail: "bad-command" }],
  "deployment-crash-after-ready": [{ fail: "crash", "fail-after": "12", "exit-code": "2" }],
  "deployment-crash-loop": [{ fail: "crash" }],
  "deployment-image-pull-fail": [null, { fail: "image-pull" }],
  "deployment-image-pull-no-host": [{ fail: "image-host" }],
  "deployment-liveness-kill": [
    { fail: "liveness", "fail-after": "11", "fail-message": "cat: can't open '/tmp/alive': No such file or directory" },
  ],
  "deployment-oom": [{ fail: "oom" }],
  "deployment-progress-deadline": [
    { fail: "readiness", "fail-message": "HTTP probe failed with statuscode: 404" },
    null,
  ],
  "deployment-readiness-never": [{ fail: "readiness", "fail-message": "HTTP probe failed with statuscode: 404" }],
  "deployment-update-crash-then-rollback": [null, { fail: "crash" }, null],
  "deployment-slow-ready": [{ "ready-after": "15", "fail-message": unready }],
  "ephemeral-volume": [{ fail: "slow" }],
  "hook-fails": [{ fail: "hook", "stops-in": "0.2" }],
  "image-never": [{ fail: "image-pull" }],
  "init-crash": [{ fail: "crash", "fail-container": "init", "exit-code": "3" }],
  "init-never": [{ fail: "crash", "fail-container": "init", "exit-code": "3" }],
  "job-deadline": [{ runs: "1000", "stops-in": "never" }],
  "job-failure-policy": [{ fail: "crash", "fail-after": "1", "exit-code": "42" }],
  "job-ignored-failure": [{ fail: "crash", "fail-after": "1", "exit-code": "42" }],
  "job-indexed": [{ fail: "crash", "fail-after": "1", "fail-pods": "1", runs: "1" }],
  "job-success-policy": [{ fail: "crash", "fail-after": "1000", "fail-pods": "1,2", runs: "2", "stops-in": "never" }],
  "one-of-two-crashes": [{ fail: "crash", "fail-after": "3" }],
  "service-named-ports": [{ fail: "readiness", "fail-message": "" }, null],
  "startup-never": [{ fail: "startup", "fail-message": "" }],
  "job-fail-backoff": [{ fail: "crash", "exit-code": "2" }],
  "job-fail-onfailure": [{ fail: "crash", "exit-code": "2" }],
  "job-ok": [{ runs: "4" }],
  "job-suspended": [{ runs: "0.5" }],
  "job-ttl": [{ runs: "0" }],
  "pod-evicted-by-kubelet": [{ fail: "evicted", "fail-after": "40", "fail-times": "1" }],
  "pod-phases": [{ runs: "0.5" }, { fail: "crash", "exit-code": "4" }, { "stops-in": "never" }],
  "sidecar-job": [{ runs: "4" }],
  "statefulset-parallel-one-not-ready": [{ fail: "readiness", "fail-pods": "0", "fail-message": unready }],
  "statefulset-stuck-update": [null, { fail: "crash" }, null],
};

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"]);

export function withWays<T extends Script>(script: T): T {
  const left = [...(ways[script.scenario] ?? [])];
  const told = (object: KubeObject): KubeObject => {
    if (!workloads.has(object.kind)) return object;
    const way = left.shift();
    if (way === undefined || way === null) return object;
    const copy = structuredClone(object) as KubeObject & {
      spec: { template?: Holder; jobTemplate?: { spec: { template: Holder } } };
    };
    const holder =
      copy.kind === "Pod" ? (copy as unknown as Holder) : (copy.spec.jobTemplate?.spec.template ?? copy.spec.template!);
    const annotations = Object.fromEntries(
      Object.entries(way).map(([key, value]) => [`embedded.k8sctl.dev/${key}`, value]),
    );
    holder.metadata = { ...holder.metadata, annotations: { ...holder.metadata?.annotations, ...annotations } };
    return copy;
  };
  const manifest = script.manifest.map(told);
  const actions = script.actions.map((action) =>
    action.object === undefined ? action : { ...action, object: told(action.object) },
  );
  return { ...script, manifest, actions };
}

interface Holder {
  metadata?: { annotations?: Record<string, string>; [field: string]: unknown };
}
