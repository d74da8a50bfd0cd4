/** Which reader of the events a run gets. */
export type ViewName = "ink" | "plain" | "ndjson";

/** The live view needs a terminal that a person watches: not CI, not a pipe, not a dumb terminal. */
export function chooseView(facts: {
  readonly isTTY: boolean;
  readonly ci: boolean;
  /** `--output`; null when it was not given. */
  readonly output: "plain" | "json" | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}): ViewName {
  if (facts.output === "json") return "ndjson";
  if (facts.output === "plain" || !facts.isTTY || facts.ci) return "plain";
  return facts.env.TERM === "dumb" || facts.env.INK_SCREEN_READER === "true" ? "plain" : "ink";
}

/** Whether a CI system runs us, by the rule that Ink itself goes by: the two must agree, or Ink draws no frames. */
export function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  return [env.CI, env.CONTINUOUS_INTEGRATION].some((v) => v !== undefined && v !== "0" && v !== "false");
}
