import { type Check, show } from "../checks.ts";

/** `4.1`: a release of Kafka, without the number of a correction. */
export const release: Check<string> = (value) => {
  if (typeof value === "string" && /^\d+\.\d+$/.test(value)) return value;
  throw new Error(`${show(value)} is not a release in quotes, such as "4.1"`);
};

/** Whether the release is newer than a version; false where the version's name is no number. */
export function isNewer(wanted: string, version: string): boolean {
  const numbers = (text: string) => /^v?(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  const [major = 0, minor = 0] = numbers(wanted) ?? [];
  const has = numbers(version);
  if (has === undefined) return false;
  const [hasMajor = 0, hasMinor = 0] = has;
  return major > hasMajor || (major === hasMajor && minor > hasMinor);
}
