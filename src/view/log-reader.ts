import type { ObjectId } from "../model/ids.ts";

/** Follows the logs of an object's pods until the signal; `onLine` gets harmless text. Tells its failures as lines. */
export type LogReader = (id: ObjectId, onLine: (text: string) => void, signal: AbortSignal) => void;
