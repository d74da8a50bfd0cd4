/** Checks and defaults that take several options together. */
import { amountOf } from "../checks.ts";
import { refuse } from "../options.ts";
import type { Declared } from "./declared.ts";
import type { BackupOptions, PostgresOptions } from "./options.ts";

const MI = 1024 ** 2;

export interface Backup extends Required<Omit<BackupOptions, "storageClass">> {
  readonly storageClass?: string;
}

/** The backup with its defaults: a volume of twice the data's, of the same class. */
export function backupOf(
  options: Pick<PostgresOptions, "backup" | "storageClass"> & { readonly storage: string },
): Backup | undefined {
  const { backup, storage, storageClass } = options;
  if (backup === undefined || backup === false) return undefined;
  const given = backup === true ? {} : backup;
  const twice = `${Math.ceil((amountOf(storage) * 2) / MI)}Mi`;
  return { method: "dump", schedule: "15 2 * * *", keep: 7, storage: twice, storageClass, ...given };
}

/** A connection takes some 2Mi even when it does nothing; three quarters of the memory may go to connections. */
export function checkMemory({ memory, maxConnections }: { readonly memory: string; readonly maxConnections?: number }) {
  if (maxConnections === undefined) return;
  const most = Math.floor((amountOf(memory) * 0.75) / (2 * MI));
  if (maxConnections > most) {
    refuse(
      "postgres",
      "maxConnections",
      maxConnections,
      `${maxConnections} need more memory than ${memory}: at most ${most}`,
    );
  }
}

/** What an extension needs loaded when the server starts. */
export function preloaded({ databases }: Declared): Readonly<Record<string, string>> {
  const wanted = [...databases.values()].flatMap(({ extensions }) => extensions);
  return wanted.includes("pg_stat_statements") ? { shared_preload_libraries: "pg_stat_statements" } : {};
}
