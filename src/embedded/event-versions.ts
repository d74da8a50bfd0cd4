import type { Json, JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";

/** Fields of an event of events.k8s.io/v1, and what core/v1 calls them (API reference, Event). */
const names: readonly (readonly [events: string, core: string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];
const toCore = new Map(names);
const toEvents = new Map(names.map(([events, core]) => [core, events]));

/** An event as events.k8s.io/v1 shows it; both groups serve the same ones. */
export const newerEvent = (event: KubeObject): KubeObject => renamed(event, "events.k8s.io/v1", toEvents);

/** An event of either group as it is stored. */
export const coreEvent = (event: KubeObject): KubeObject => renamed(event, "v1", toCore);

function renamed(event: KubeObject, apiVersion: string, by: ReadonlyMap<string, string>): KubeObject {
  if (event.apiVersion === apiVersion) return event;
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(asJson(event))) fields[by.get(name) ?? name] = value as Json;
  return { ...fields, kind: event.kind, apiVersion, metadata: event.metadata };
}
