import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../ports.ts";

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node rejects with an AbortError of its own; the port promises the signal's reason.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
