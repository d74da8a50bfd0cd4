import { refuse } from "../options.ts";
import type { DatabaseOptions, UserOptions } from "./options.ts";
import { METRICS, REPLICATION } from "./tuning.ts";

/** Where the pods find the passwords, one file each. */
export const PASSWORDS = "/etc/postgresql-passwords";

/** What the options declare, the first database and user among the others. */
export interface Declared {
  readonly users: ReadonlyMap<string, UserOptions>;
  readonly databases: ReadonlyMap<string, Required<DatabaseOptions>>;
}

interface Given {
  readonly database: string;
  readonly user: string;
  readonly extensions?: readonly string[];
  readonly databases?: Readonly<Record<string, DatabaseOptions>>;
  readonly users?: Readonly<Record<string, UserOptions>>;
}

/** Throws OptionError for what is declared twice, or refers to what is not declared. */
export function declaredBy({ database, user, extensions = [], databases = {}, users = {} }: Given): Declared {
  const who = "postgres";
  if (databases[database] !== undefined) refuse(who, "databases", databases, `"${database}" is the option database`);
  if (users[user] !== undefined) refuse(who, "users", users, `"${user}" is the option user`);
  const allUsers = new Map<string, UserOptions>([[user, {}], ...Object.entries(users)]);
  const all = new Map<string, Required<DatabaseOptions>>([[database, { owner: user, extensions }]]);
  for (const [name, { owner = user, extensions: own = [] }] of Object.entries(databases)) {
    if (!allUsers.has(owner)) refuse(who, `databases.${name}.owner`, owner, `"${owner}" is not a declared user`);
    all.set(name, { owner, extensions: own });
  }
  for (const [name, { read = [], write = [] }] of Object.entries(users)) {
    for (const each of [...read, ...write]) {
      if (!all.has(each)) refuse(who, `users.${name}`, each, `"${each}" is not a declared database`);
    }
  }
  return { users: allUsers, databases: all };
}

/** A password must not reach the log, not even that of a statement which failed. */
const QUIET = `set client_min_messages = warning;
set log_statement = 'none';
set log_min_error_statement = 'panic';
set log_min_duration_statement = -1;
set log_min_duration_sample = -1;
set password_encryption = 'scram-sha-256';
`;

/** The comment by which a role is known as one that the options declared, also after it has left them. */
const MARK = "declared for k8sctl";

/** Brings users and databases to what is declared; psql, as the superuser. Says what it leaves alone. */
export function declaredSql({ users, databases }: Declared): string {
  const names = [...users.keys()].map(literal).join(", ");
  return [
    "\\set ON_ERROR_STOP on",
    QUIET,
    ...[...users].flatMap(([name, options]) => userSql(name, options)),
    `select format('alter role %I nologin password null', rolname) from pg_roles
  where shobj_description(oid, 'pg_authid') = ${literal(MARK)} and rolcanlogin and rolname not in (${names}) \\gexec`,
    ...[...databases].flatMap(([name, options]) => databaseSql(name, options, users)),
    "",
  ].join("\n");
}

function userSql(name: string, { connectionLimit = -1 }: UserOptions): string[] {
  return [
    `\\echo user ${name}`,
    create("role", name, "pg_roles", "rolname"),
    `\\set password \`cat ${PASSWORDS}/user-${name}\``,
    `alter role ${quoted(name)} with login nosuperuser nocreaterole nocreatedb noreplication connection limit ${connectionLimit} password :'password';`,
    "\\unset password",
    `comment on role ${quoted(name)} is ${literal(MARK)};`,
  ];
}

function databaseSql(
  name: string,
  { owner, extensions }: Required<DatabaseOptions>,
  users: ReadonlyMap<string, UserOptions>,
): string[] {
  return [
    `\\echo database ${name}`,
    create("database", name, "pg_database", "datname"),
    `alter database ${quoted(name)} owner to ${quoted(owner)};`,
    `\\connect ${quoted(name)}`,
    "set client_min_messages = warning;",
    ...extensions.flatMap((each) => [
      `create extension if not exists ${quoted(each)};`,
      `alter extension ${quoted(each)} update;`,
    ]),
    "begin;",
    `revoke connect, temporary on database ${quoted(name)} from public;`,
    `grant usage, create on schema public to ${quoted(owner)};`,
    ...[...users].flatMap(([user, options]) => (user === owner ? [] : grants(name, owner, user, options))),
    "commit;",
  ];
}

/** Taken away and given again in one transaction, so that what left the options is gone and nothing else is, even briefly. */
function grants(database: string, owner: string, user: string, { read = [], write = [] }: UserOptions): string[] {
  const to = quoted(user);
  const later = `alter default privileges for role ${quoted(owner)} in schema public`;
  const taken = [
    `revoke all on database ${quoted(database)} from ${to};`,
    `revoke all on schema public from ${to};`,
    `revoke all on all tables in schema public from ${to};`,
    `revoke all on all sequences in schema public from ${to};`,
    `${later} revoke all on tables from ${to};`,
    `${later} revoke all on sequences from ${to};`,
  ];
  const writes = write.includes(database);
  if (!writes && !read.includes(database)) return taken;
  const tables = writes ? "select, insert, update, delete" : "select";
  const sequences = writes ? "usage, select" : "select";
  return [
    ...taken,
    `grant connect, temporary on database ${quoted(database)} to ${to};`,
    `grant usage on schema public to ${to};`,
    `grant ${tables} on all tables in schema public to ${to};`,
    `grant ${sequences} on all sequences in schema public to ${to};`,
    `${later} grant ${tables} on tables to ${to};`,
    `${later} grant ${sequences} on sequences to ${to};`,
  ];
}

/** The roles that the server itself needs, kept in step from inside its pod; psql by the socket, as the superuser. */
export function ownRolesSql(options: { readonly metrics: boolean }): string {
  return [
    "\\set ON_ERROR_STOP on",
    QUIET,
    create("role", REPLICATION, "pg_roles", "rolname"),
    `\\set password \`cat ${PASSWORDS}/replication\``,
    `alter role ${quoted(REPLICATION)} with login replication password :'password';`,
    ...(options.metrics
      ? [
          create("role", METRICS, "pg_roles", "rolname"),
          `alter role ${quoted(METRICS)} with login password null;`,
          `grant pg_monitor to ${quoted(METRICS)};`,
        ]
      : []),
    `\\set password \`cat ${PASSWORDS}/superuser\``,
    `alter role "postgres" with password :'password';`,
    "",
  ].join("\n");
}

function create(what: "role" | "database", name: string, catalog: string, column: string): string {
  return `select format('create ${what} %I', ${literal(name)}) where not exists (select from ${catalog} where ${column} = ${literal(name)}) \\gexec`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
