const variable = "K8SCTL_EMBEDDED_SPEED";

/**
 * How much faster than on a real node simulated pods, back-offs and deadlines pass, as the environment says it: 10 makes
 * a factor of 0.1 on every delay. 1 where nothing is said. Throws an Error in words for what is no such number.
 */
export function timeScaleOf(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment[variable];
  if (text === undefined || text === "") return 1;
  const speed = Number(text);
  if (!Number.isFinite(speed) || speed < 0.01 || speed > 1000)
    throw new Error(`${variable} is ${JSON.stringify(text)}: give a number from 0.01 to 1000`);
  return 1 / speed;
}
