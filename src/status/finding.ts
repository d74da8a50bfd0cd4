import type { Finding, Trouble } from "./related.ts";

type Details = Partial<Omit<Finding, "phase">>;

const blank: Omit<Finding, "phase"> = {
  ready: null,
  total: null,
  reason: "",
  message: "",
  notes: [],
  trouble: null,
};

export function ready(details: Details = {}): Finding {
  return { ...blank, ...details, phase: "ready" };
}

export function progressing(message: string, details: Details = {}): Finding {
  return { ...blank, ...details, message, phase: "progressing" };
}

export function failed(trouble: Trouble, details: Details = {}): Finding {
  return { ...blank, ...details, reason: trouble.reason, message: trouble.message, trouble, phase: "failed" };
}

/** What a trouble makes of an object that is not ready: failed when it is hopeless, else on its way and saying so. */
export function troubled(trouble: Trouble | null, otherwise: string, details: Details = {}): Finding {
  if (trouble === null) return progressing(otherwise, details);
  if (trouble.hopeless) return failed(trouble, details);
  return progressing(trouble.message, { ...details, reason: trouble.reason, trouble });
}

/** A trouble of the object itself, not of a pod. */
export function ownTrouble(
  trouble: Pick<Trouble, "cause" | "reason" | "message" | "remedy"> & Partial<Trouble>,
): Trouble {
  return {
    hopeless: true,
    times: 1,
    pod: null,
    pods: trouble.pod == null ? 0 : 1,
    since: "",
    event: "",
    log: null,
    ...trouble,
  };
}
