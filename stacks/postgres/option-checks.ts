import { type Check, mapOf, show, sqlName, wholeNumber } from "../checks.ts";

/** Roles that are there already, or that the construct makes for itself. */
const OWN_ROLES = ["postgres", "replicator", "metrics", "public", "none"];
const OWN_DATABASES = ["postgres", "template0", "template1"];
/** What the construct says itself, where another word would part it from its own probes and replicas. */
const OWN_SETTINGS = [
  "config_file",
  "data_directory",
  "hba_file",
  "ident_file",
  "include",
  "include_dir",
  "include_if_exists",
  "listen_addresses",
  "max_connections",
  "max_replication_slots",
  "max_wal_senders",
  "password_encryption",
  "port",
  "primary_conninfo",
  "primary_slot_name",
  "ssl",
  "ssl_cert_file",
  "ssl_key_file",
  "unix_socket_directories",
  "wal_level",
];

export const userName: Check<string> = (value) => {
  const name = sqlName(value);
  if (!OWN_ROLES.includes(name) && !name.startsWith("pg_")) return name;
  throw new Error(`${show(value)} is a role that PostgreSQL or the stack has for itself`);
};

export const databaseName: Check<string> = (value) => {
  const name = sqlName(value);
  if (!OWN_DATABASES.includes(name)) return name;
  throw new Error(`${show(value)} is a database that PostgreSQL has for itself`);
};

export const extensionName: Check<string> = (value) => {
  if (typeof value === "string" && /^[a-z][a-z0-9_-]{0,62}$/.test(value)) return value;
  throw new Error(`${show(value)} is not the name of an extension, such as pg_trgm`);
};

/** Five fields of cron, or a word such as @daily (Kubernetes documentation, "CronJob"). */
export const schedule: Check<string> = (value) => {
  const field = /^(\*|[\dA-Za-z,-]+)(\/\d+)?$/;
  if (typeof value === "string") {
    const fields = value.trim().split(/\s+/);
    if (fields.length === 5 && fields.every((each) => field.test(each))) return value;
    if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(value)) return value;
  }
  throw new Error(`${show(value)} is not a schedule of five fields, such as "15 2 * * *"`);
};

export const hbaRule: Check<string> = (value) => {
  const least = { local: 4, host: 5, hostssl: 5, hostnossl: 5, hostgssenc: 5, hostnogssenc: 5 };
  if (typeof value === "string" && !/[\r\n]/.test(value)) {
    const [type = "", ...rest] = value.trim().split(/\s+/);
    const wanted = least[type as keyof typeof least];
    if (wanted !== undefined && rest.length + 1 >= wanted) return value.trim();
  }
  throw new Error(`${show(value)} is not a line of pg_hba.conf, such as "host shop shop 10.0.0.0/8 scram-sha-256"`);
};

const settingValue: Check<string | number | boolean> = (value) => {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string" && !/[\r\n]/.test(value)) return value;
  throw new Error(`${show(value)} is not a text, a number, true or false`);
};

export const settings: Check<Readonly<Record<string, string | number | boolean>>> = (value) => {
  const read = mapOf(settingValue)(value);
  for (const name of Object.keys(read)) {
    if (!/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/.test(name)) throw new Error(`"${name}" is not the name of a setting`);
    if (OWN_SETTINGS.includes(name)) throw new Error(`"${name}" is set by the stack itself`);
  }
  return read;
};

export function named<T>(name: Check<string>, check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value) => {
    const read = mapOf(check)(value);
    for (const key of Object.keys(read)) name(key);
    return read;
  };
}

export const moment: Check<string> = (value) => {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/.test(value))
    return value;
  throw new Error(`${show(value)} is not a moment with its zone, such as "2026-11-21 08:00:00+00"`);
};

export const backupName: Check<string> = (value) => {
  if (value === "latest" || (typeof value === "string" && /^\d{8}T\d{6}Z$/.test(value))) return value;
  throw new Error(`${show(value)} is neither latest nor the name of a backup, such as 20261121T080000Z`);
};

export const passwordVersion = wholeNumber(1, 1_000_000);
