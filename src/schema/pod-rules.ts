import type { Place } from "./place.ts";
import { type Fields, fieldsOf, isOpen, isSet, listOf, textOr } from "./reading.ts";
import type { ReportBelow, StructRule } from "./rule.ts";

const CONTAINERS = ["containers", "initContainers"] as const;

/** What the containers and volumes of a pod must keep together (API reference, PodSpec). */
export const podSpecRule: StructRule = (spec, report, _type, place) => {
  if (isSet(spec["containers"]) && listOf(spec["containers"]).length === 0 && !isOpen(spec["containers"])) {
    report(["containers"], "must not be empty", "missing");
  }
  checkNames(spec, report);
  checkInit(spec, report);
  checkMounts(spec, volumesOf(spec, place), report);
  if (spec["hostNetwork"] === true) checkHostPorts(spec, report);
};

/** null where it is not known which there are. */
function volumesOf(spec: Fields, place: Place | null): ReadonlySet<string> | null {
  const claims = listOf(fieldsOf(place?.above?.above?.value)["volumeClaimTemplates"]);
  const volumes = listOf(spec["volumes"]);
  const names = [
    ...volumes.map((v) => fieldsOf(v)["name"]),
    ...claims.map((c) => fieldsOf(fieldsOf(c)["metadata"])["name"]),
  ];
  const open = isOpen(spec["volumes"]) || names.some((name) => isSet(name) && typeof name !== "string");
  return open ? null : new Set(names.map((name) => textOr(name)));
}

/** Names of containers are unique among init containers and others together. */
function checkNames(spec: Fields, report: ReportBelow): void {
  const init = new Set(listOf(spec["initContainers"]).map((container) => textOr(fieldsOf(container)["name"])));
  for (const [index, container] of listOf(spec["containers"]).entries()) {
    const name = textOr(fieldsOf(container)["name"]);
    if (name !== "" && init.has(name)) {
      report(
        ["containers", index, "name"],
        `is the name of an init container too: ${JSON.stringify(name)}`,
        "duplicate",
      );
    }
  }
}

/** An init container ends before the others start, unless it restarts always: a sidecar. */
function checkInit(spec: Fields, report: ReportBelow): void {
  for (const [index, container] of listOf(spec["initContainers"]).entries()) {
    const fields = fieldsOf(container);
    if (isSet(fields["restartPolicy"])) continue;
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) {
      if (!isSet(fields[name])) continue;
      report(["initContainers", index, name], "is not allowed in an init container without restartPolicy Always");
    }
  }
}

function checkMounts(spec: Fields, volumes: ReadonlySet<string> | null, report: ReportBelow): void {
  if (volumes === null) return;
  for (const part of CONTAINERS) {
    for (const [index, container] of listOf(spec[part]).entries()) {
      for (const [field, what] of [
        ["volumeMounts", "mounts"],
        ["volumeDevices", "uses"],
      ] as const) {
        for (const [i, mount] of listOf(fieldsOf(container)[field]).entries()) {
          const name = textOr(fieldsOf(mount)["name"]);
          if (name === "" || volumes.has(name)) continue;
          const known = volumes.size === 0 ? "the pod has no volumes" : `the pod has ${[...volumes].join(", ")}`;
          report(
            [part, index, field, i, "name"],
            `${what} a volume that does not exist, ${JSON.stringify(name)}: ${known}`,
          );
        }
      }
    }
  }
}

function checkHostPorts(spec: Fields, report: ReportBelow): void {
  for (const [index, container] of listOf(spec["containers"]).entries()) {
    for (const [i, item] of listOf(fieldsOf(container)["ports"]).entries()) {
      const { containerPort, hostPort } = fieldsOf(item);
      if (typeof hostPort === "number" && hostPort !== 0 && hostPort !== containerPort) {
        report(
          ["containers", index, "ports", i, "hostPort"],
          `must be the containerPort ${containerPort} under hostNetwork`,
        );
      }
    }
  }
}

export const containerRule: StructRule = (container, report) => {
  // In a template of a Deployment and the like, and in a Pod, there is nobody who would fill it in.
  if (!isSet(container["image"]) || container["image"] === "") report(["image"], "is required", "missing");
  const names = new Set<string>();
  for (const [index, port] of listOf(container["ports"]).entries()) {
    const name = textOr(fieldsOf(port)["name"]);
    if (name !== "" && names.has(name))
      report(["ports", index, "name"], `is used twice: ${JSON.stringify(name)}`, "duplicate");
    names.add(name);
  }
  const liveness = fieldsOf(container["livenessProbe"])["successThreshold"];
  const startup = fieldsOf(container["startupProbe"])["successThreshold"];
  if (typeof liveness === "number" && liveness > 1)
    report(["livenessProbe", "successThreshold"], `must be 1, is ${liveness}`);
  if (typeof startup === "number" && startup > 1)
    report(["startupProbe", "successThreshold"], `must be 1, is ${startup}`);
};
