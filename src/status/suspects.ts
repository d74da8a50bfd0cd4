import type { ObjectId, ObjectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import { at, listAt, textAt } from "./reading.ts";
import type { Cause } from "./related.ts";

/** An object of the project, with what it was given to wait for. */
export interface Member {
  readonly key: ObjectKey;
  readonly id: ObjectId;
  /** As sent or as it lives; null while it is not known. */
  readonly object: KubeObject | null;
  /** What it depends on by the code: `depends_on`, `after`, references. */
  readonly dependsOn: readonly ObjectKey[];
}

/** A member that may be to blame, and how that is known. */
export interface Suspect {
  readonly member: Member;
  readonly how: string;
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"]);

/** Causes that may be the mere symptom of something else that is not there yet. */
const symptoms: ReadonlySet<string> = new Set<Cause>([
  "crash",
  "init-container",
  "liveness",
  "hook",
  "probe",
  "deadline",
  "job-failed",
  "timeout",
]);

export function maySymptom(cause: string): boolean {
  return symptoms.has(cause);
}

/**
 * Workloads of the project that a failing one may be waiting for, the best known first: by an edge of the code, by a
 * Service whose name stands in its environment or arguments, by one that its last words complain of.
 */
export function suspectsOf(failing: Member, members: readonly Member[], log: readonly string[]): readonly Suspect[] {
  const byKey = new Map(members.map((member) => [member.key, member]));
  const found = new Map<ObjectKey, Suspect>();
  const add = (member: Member | undefined, how: string) => {
    for (const each of member === undefined ? [] : workloadsBehind(member, members)) {
      if (each.key !== failing.key && !found.has(each.key)) found.set(each.key, { member: each, how });
    }
  };
  const services = members.filter(({ id }) => id.kind === "Service" && id.group === "");
  const inLog = complaints(log);
  for (const service of services) {
    const line = inLog.find((text) => names(text, service.id, failing.id.namespace));
    if (line !== undefined) add(service, `its log names Service ${service.id.name}`);
  }
  for (const key of failing.dependsOn) add(byKey.get(key), "it depends on it");
  const texts = textsOf(failing, members);
  for (const service of services) {
    const text = texts.find(({ value }) => names(value, service.id, failing.id.namespace));
    if (text !== undefined) add(service, `${text.where} names Service ${service.id.name}`);
  }
  return [...found.values()];
}

/** A workload itself; behind a Service, those whose pods it selects. */
function workloadsBehind(member: Member, members: readonly Member[]): readonly Member[] {
  if (workloads.has(member.id.kind)) return [member];
  if (member.id.kind !== "Service") return [];
  const selector = Object.entries((at(member.object, "spec", "selector") as Record<string, unknown> | undefined) ?? {});
  if (selector.length === 0) return [];
  return members.filter(({ id, object }) => {
    if (!workloads.has(id.kind) || id.namespace !== member.id.namespace) return false;
    const labels =
      id.kind === "Pod" ? at(object, "metadata", "labels") : at(object, "spec", "template", "metadata", "labels");
    return selector.every(([key, value]) => at(labels, key) === value);
  });
}

/** Lines that speak of a host that does not answer or is not known; a name alone says nothing. */
function complaints(log: readonly string[]): readonly string[] {
  return log.filter((line) =>
    /refused|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|getaddrinfo|no such host|not known|could not (translate|connect|resolve)|unable to (connect|resolve|reach)|cannot (connect|reach)|can't (connect|reach)|dial tcp|time[d ]?out|unreachable|waiting for|no route|failed to (connect|resolve)|bad address/i.test(
      line,
    ),
  );
}

/** Whether a text names the Service's host: `db`, `db.data`, `db.data.svc.cluster.local`, alone or in an address. */
function names(text: string, service: ObjectId, from: string): boolean {
  const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const qualified = `${escaped(service.name)}\\.${escaped(service.namespace)}(?:\\.svc[\\w.-]*)?`;
  const bare = service.namespace === from ? `|${escaped(service.name)}` : "";
  return new RegExp(`(?:^|[/@"'\`=,\\s(\\[])(?:${qualified}${bare})(?=$|[:/"'\`,;\\s)\\]])`).test(text);
}

interface Text {
  readonly where: string;
  readonly value: string;
}

/** Environment, arguments and the project's own ConfigMaps and Secrets that a workload's containers are given. */
function textsOf(member: Member, members: readonly Member[]): readonly Text[] {
  const { object, id } = member;
  const pod = id.kind === "Pod" ? at(object, "spec") : at(object, "spec", "template", "spec");
  const containers = [...listAt(pod, "initContainers"), ...listAt(pod, "containers")];
  return containers.flatMap((container) => [
    ...listAt(container, "env").flatMap((env) => {
      const where = `its ${textAt(env, "name")}`;
      const value = at(env, "value");
      if (typeof value === "string") return [{ where, value }];
      return ["configMapKeyRef", "secretKeyRef"].flatMap((ref) => {
        const source = at(env, "valueFrom", ref);
        const data = dataOf(ref, textAt(source, "name"), id.namespace, members);
        const found = data.get(textAt(source, "key"));
        return found === undefined ? [] : [{ where, value: found }];
      });
    }),
    ...listAt(container, "envFrom").flatMap((from) =>
      (["configMapRef", "secretRef"] as const).flatMap((ref) =>
        [...dataOf(ref, textAt(from, ref, "name"), id.namespace, members)].map(([key, value]) => ({
          where: `its ${key}`,
          value,
        })),
      ),
    ),
    ...[...listAt(container, "command"), ...listAt(container, "args")].flatMap((word) =>
      typeof word === "string" ? [{ where: "its command", value: word }] : [],
    ),
  ]);
}

/** Values are only searched for host names, never told. */
function dataOf(ref: string, name: string, namespace: string, members: readonly Member[]): ReadonlyMap<string, string> {
  const kind = ref.startsWith("secret") ? "Secret" : "ConfigMap";
  const member =
    name === ""
      ? undefined
      : members.find(({ id }) => id.kind === kind && id.name === name && id.namespace === namespace);
  const entries = Object.entries((at(member?.object, "data") as Record<string, unknown> | undefined) ?? {});
  return new Map(
    entries.flatMap(([key, value]) => {
      if (typeof value !== "string") return [];
      return [[key, kind === "Secret" ? Buffer.from(value, "base64").toString("utf8") : value] as const];
    }),
  );
}
