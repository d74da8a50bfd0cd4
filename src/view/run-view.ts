import type { RunEvent } from "../model/events.ts";
import type { Plan } from "../model/plan.ts";

/** A reader of one run's events that may also ask the person at the terminal. Nothing in it ever throws at the run. */
export interface RunView {
  event(event: RunEvent): void;
  /**
   * Asks whether the plan, which its `planned` event has shown, shall be applied. UserError `approval-needed` where
   * nobody can be asked; rejects with the signal's reason when that aborts first.
   */
  approve(plan: Plan, signal?: AbortSignal): Promise<"approved" | "rejected">;
  /** Shows what is left to show and resolves when it is written. The terminal is as it was found. */
  close(): Promise<void>;
}
