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
  /** When it was last seen. */
  readonly last: string;
}

const byAbout = indexOnce((event) => {
  const about = event["involvedObject"];
  return `${textAt(about, "kind")}/${textAt(about, "namespace")}/${textAt(about, "name")}/${textAt(about, "uid")}`;
});

/** Events about one object, oldest first. An event without a uid is about whatever bears the name. */
export function eventsAbout(object: KubeObject, related: Related): readonly ClusterEvent[] {
  const { namespace = "", name, uid = "" } = object.metadata;
  const index = byAbout(related.events);
  const named = `${object.kind}/${namespace}/${name}/`;
  return [...(index.get(named) ?? []), ...(uid === "" ? [] : (index.get(named + uid) ?? []))]
    .map((event) => ({
      reason: textAt(event, "reason"),
      message: textAt(event, "message"),
      warning: textAt(event, "type") === "Warning",
      count: numberOr(numberOr(1, event, "series", "count"), event, "count"),
      last: textAt(event, "lastTimestamp") || textAt(event, "eventTime"),
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

/** How often something that fits was seen. */
export function timesSeen(events: readonly ClusterEvent[], fits: (event: ClusterEvent) => boolean): number {
  return events.filter(fits).reduce((sum, event) => sum + event.count, 0);
}
