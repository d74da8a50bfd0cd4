import { execa } from "execa";
import { isJsonObject, type Json, type JsonObject } from "../../../src/model/json.ts";

const KINDS = ["deployments", "replicasets", "pods", "jobs"];

/** What watches of a namespace showed while `act` went on: by kind, each state once, in the order of its first sight. */
export async function recordHistory(
  kubeconfig: string,
  namespace: string,
  act: () => Promise<unknown>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const seen = new Map<string, string[]>();
  const watches = KINDS.map((kind) => {
    const argv = [
      "get",
      kind,
      "-n",
      namespace,
      "--watch",
      "--output-watch-events",
      "-o",
      "json",
      "--kubeconfig",
      kubeconfig,
    ];
    const child = execa("kubectl", argv, { reject: false, buffer: false });
    let text = "";
    child.stdout.on("data", (piece: Buffer) => {
      text += piece.toString("utf8");
      // One event a line.
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) note(seen, JSON.parse(line) as JsonObject);
    });
    return child;
  });
  try {
    await act();
  } finally {
    for (const child of watches) child.kill();
    await Promise.all(watches);
  }
  return seen;
}

function note(seen: Map<string, string[]>, event: JsonObject): void {
  const object = event["object"];
  if (!isJsonObject(object)) return;
  const kind = String(object["kind"]);
  const state = event["type"] === "DELETED" ? "deleted" : stateOf(object);
  const states = seen.get(kind) ?? [];
  if (!states.includes(state)) states.push(state);
  seen.set(kind, states);
}

/** Counts, conditions with their reasons, and what containers wait for: without names, times and numbers of starts. */
function stateOf(object: JsonObject): string {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  const counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "active", "succeeded", "failed"];
  const conditions = listOf(status["conditions"]).map((c) => `${c["type"]}=${c["status"]}(${c["reason"] ?? ""})`);
  const containers = listOf(status["containerStatuses"]).map((container) => {
    const state = isJsonObject(container["state"]) ? container["state"] : {};
    const [name = "", detail] = Object.entries(state)[0] ?? [];
    return `${name}(${isJsonObject(detail) ? String(detail["reason"] ?? "") : ""}) ready=${String(container["ready"])}`;
  });
  return [
    ...(typeof status["phase"] === "string" ? [status["phase"]] : []),
    ...counts.flatMap((key) => (typeof status[key] === "number" ? [`${key}=${status[key]}`] : [])),
    ...conditions.sort(),
    ...containers,
  ].join(" ");
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
