import { eventsAbout, newestEvent } from "../cluster-events.ts";
import { ready } from "../finding.ts";
import { at } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready at once: its Jobs run later. What its controller complains of is noted. */
export const cronJobStatus: Rule = (object, related) => {
  const notes: string[] = [];
  if (at(object, "spec", "suspend") === true) notes.push("suspended: it starts no Job");
  const complaint = newestEvent(eventsAbout(object, related), (event) => event.warning);
  if (complaint !== null) notes.push(complaint.message);
  return ready({ notes });
};
