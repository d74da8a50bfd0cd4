import type { Emit, StepName } from "../model/events.ts";
import type { Clock } from "../ports.ts";

/** Reports the start and the end of a step with its time. A failed step has no end: the error speaks for it. */
export async function timed<T>(
  { clock }: { readonly clock: Clock },
  emit: Emit,
  step: StepName,
  label: string,
  work: () => Promise<T>,
): Promise<T> {
  const start = clock.monotonic();
  emit({ type: "step-started", step, label });
  const value = await work();
  emit({ type: "step-finished", step, ms: Math.round(clock.monotonic() - start), note: "" });
  return value;
}
