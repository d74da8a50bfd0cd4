import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../src/model/objects.ts";
import { objectStatus } from "../../src/status/index.ts";

/*
 * States of every kind that no recording holds, as YAML: `expect` is phase, counts and reason, `message` and `notes`
 * where they matter. `now` is 2026-11-21T01:00:00Z; the run has been looking for `looking` seconds (600).
 */
interface Case {
  readonly name: string;
  readonly looking?: number;
  readonly expect: string;
  readonly message?: string;
  readonly notes?: readonly string[];
  readonly object: KubeObject;
  readonly pods?: readonly KubeObject[];
  readonly events?: readonly KubeObject[];
}

const now = Date.parse("2026-11-21T01:00:00Z");
const cases = parseAllDocuments(readFileSync(new URL("kinds.yaml", import.meta.url), "utf8")).map(
  (document) => document.toJS() as Case,
);

function event(given: KubeObject): KubeObject {
  const { about, ...rest } = given as unknown as { about: string };
  const [kind, name] = about.split("/");
  const stamps = {
    firstTimestamp: "2026-11-21T00:50:00Z",
    lastTimestamp: "2026-11-21T00:59:00Z",
    count: 3,
    type: "Warning",
  };
  const involvedObject = { kind, namespace: "web", name };
  return { apiVersion: "v1", kind: "Event", metadata: { name: "e" }, involvedObject, ...stamps, ...rest };
}

describe("states of all kinds", () => {
  test.each(cases.map((each) => [each.name, each] as const))(
    "%s",
    (_, { object, pods = [], events = [], looking = 600, ...wanted }) => {
      const placed = { ...object, metadata: { ...object.metadata, name: "it", namespace: "web" } };
      const members = pods.map((pod, i) => ({
        ...pod,
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...pod.metadata, name: `it-${i}`, namespace: "web" },
      }));
      const related = { pods: members, events: events.map(event), firstSeen: now - looking * 1000 };
      const status = objectStatus(placed, related, now);
      const counts = status.total === null ? "" : `${status.ready}/${status.total}`;
      expect([status.phase, counts, status.reason].filter((word) => word !== "").join(" ")).toBe(wanted.expect);
      if (wanted.message !== undefined) expect(status.message).toBe(wanted.message);
      if (wanted.notes !== undefined) expect(status.notes).toEqual(wanted.notes);
    },
  );
});
