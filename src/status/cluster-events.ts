import type { KubeObject } from "../model/objects.ts";
import { indexOnce } from "./index-once.ts";
import { numberOr, textAt } from "./reading.ts";
import type { Related } from "./related.ts";

/** A core/v1 Event, read. `message` is one line. */
export interface ClusterEvent {
  readonly reason: string;
  readonly message: string;
  readonly warning: boolean;
  readonly count: number;
  /** Name of the container that it is about; "" where it is about the whole object. */
  readonly container: string;
  /** When it was first and last seen. */
  readonly first: string;
  readonly last: string;
}

const byAbout = indexOnce((event) => {
  const about = event["involvedObject"];
  return `${textAt(about, "kind")}/${textAt(about, "namespace")}/${textAt(about, "name")}/${textAt(about, "uid")}`;
});

type Named = { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string };

/** Events about one object, oldest first. An event without a uid is about whatever bears the name. */
export function eventsAbout(object: KubeObject, related: Related): readonly ClusterEvent[] {
  const { namespace = "", name, uid = "" } = object.metadata;
  return eventsNamed({ kind: object.kind, namespace, name, uid }, related);
}

function eventsNamed({ kind, namespace, name, uid }: Named, related: Related): readonly ClusterEvent[] {
  const index = byAbout(related.events);
  const named = `${kind}/${namespace}/${name}/`;
  return read([...(index.get(named) ?? []), ...(uid === "" ? [] : (index.get(named + uid) ?? []))]);
}

/** Events about what bears a name, of whatever uid: for objects that are themselves not at hand. */
export function eventsByName(
  about: { readonly kind: string; readonly namespace: string; readonly name: string },
  related: Related,
): readonly ClusterEvent[] {
  const fits = (event: KubeObject) =>
    textAt(event, "involvedObject", "kind") === about.kind &&
    textAt(event, "involvedObject", "namespace") === about.namespace &&
    textAt(event, "involvedObject", "name") === about.name;
  return read(related.events.filter(fits));
}

function read(events: readonly KubeObject[]): readonly ClusterEvent[] {
  return events
    .map((event) => ({
      reason: textAt(event, "reason"),
      // After ten similar ones the recorder puts this in front.
      message: textAt(event, "message").replace(/^\(combined from similar events\): /, ""),
      warning: textAt(event, "type") === "Warning",
      container: /ontainers\{([^}]+)\}/.exec(textAt(event, "involvedObject", "fieldPath"))?.[1] ?? "",
      count: numberOr(numberOr(1, event, "series", "count"), event, "count"),
      first: textAt(event, "firstTimestamp") || textAt(event, "eventTime"),
      last: textAt(event, "lastTimestamp") || textAt(event, "series", "lastObservedTime") || textAt(event, "eventTime"),
    }))
    .sort((a, b) => (a.last < b.last ? -1 : a.last > b.last ? 1 : 0));
}

/** The newest that fits; null where none does. */
export function newestEvent(
  events: readonly ClusterEvent[],
  fits: (event: ClusterEvent) => boolean,
): ClusterEvent | null {
  return events.filter(fits).at(-1) ?? null;
}

/** When something that fits was first seen; "" where it never was. */
export function firstTime(events: readonly ClusterEvent[], fits: (event: ClusterEvent) => boolean): string {
  return events
    .filter(fits)
    .map((event) => event.first || event.last)
    .filter((stamp) => stamp !== "")
    .reduce((first, stamp) => (first === "" || stamp < first ? stamp : first), "");
}

/** How often something that fits was seen. */
export function timesSeen(events: readonly ClusterEvent[], fits: (event: ClusterEvent) => boolean): number {
  return events.filter(fits).reduce((sum, event) => sum + event.count, 0);
}

/** Those that are about one container, and those that name none. */
export function eventsOfContainer(events: readonly ClusterEvent[], container: string): readonly ClusterEvent[] {
  return events.filter((event) => event.container === "" || event.container === container);
}
