import { type Check, fieldsOf, flag, listOf, show, wholeNumber } from "../checks.ts";

/** A topic that there shall be, or not. */
export interface KafkaTopic {
  /** Letters, digits and `._-`; names that begin with two underscores are Kafka's own. */
  readonly name: string;
  /** Partitions; the cluster's `partitions` for a new topic where absent. They can only become more. */
  readonly partitions?: number;
  /** Copies of each partition; three, or one with a single broker, where absent. Fixed once the topic is there. */
  readonly replicationFactor?: number;
  /** Settings of the topic (Kafka documentation, "Topic Configs"). What is not named goes back to the brokers' own. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Deletes the topic with all its messages. A topic that is merely no longer declared stays as it is. */
  readonly deleted?: boolean;
}

/** Kafka takes these characters, and keeps two underscores in front for its own. */
const topicName: Check<string> = (value) => {
  if (typeof value === "string" && /^(?!__)(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/.test(value)) return value;
  throw new Error(`${show(value)} is not a topic's name: letters, digits and ._-, at most 249, and not __ in front`);
};

const config: Check<Readonly<Record<string, string>>> = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("it is not a mapping");
  const entries = Object.entries(value).map(([key, each]): [string, string] => {
    if (!/^[a-z][a-z.]*$/.test(key)) throw new Error(`${show(key)} is not a setting of a topic`);
    // The tools take lists in brackets; blanks and quotes stand in no setting.
    if (!["string", "number", "boolean"].includes(typeof each) || !/^[\w.,:*-]+$/.test(String(each))) {
      throw new Error(`${key}: ${show(each)} is not a value of a setting`);
    }
    return [key, String(each)];
  });
  return Object.fromEntries(entries);
};

const topics = listOf(
  fieldsOf<KafkaTopic>(
    {
      name: topicName,
      partitions: wholeNumber(1, 10_000),
      replicationFactor: wholeNumber(1, 9),
      config,
      deleted: flag,
    },
    "name",
  ),
);

export const topicsCheck: Check<readonly KafkaTopic[]> = (value) => {
  const read = topics(value);
  const seen = new Set<string>();
  for (const { name } of read) {
    if (seen.has(name)) throw new Error(`${name} is declared twice`);
    seen.add(name);
  }
  return read;
};
