/**
 * Backups and the way back. On the volume: `dumps/NAME/`, `base/NAME/`, and `wal/LINEAGE/` with all that was written
 * since; a lineage ends where the primary became another server, or was away for longer than it keeps its log. NAME is
 * the UTC time of the backup. What is not complete is called `.partial`.
 */
import { PASSWORDS } from "./declared.ts";
import { SCRIPTS } from "./scripts.ts";
import { PORT, REPLICATION } from "./tuning.ts";

/** Where the volume with backups is mounted: to write, and to restore from. */
export const BACKUP = "/backup";
export const RESTORE = "/restore";

const connectAs = (user: string, password: string): string => `umask 077
. ${SCRIPTS}/options.sh
export PGHOST="$PRIMARY" PGPORT=${PORT} PGUSER=${user} PGDATABASE=postgres PGCONNECT_TIMEOUT=10
PGPASSWORD="$(cat ${PASSWORDS}/${password})"
export PGPASSWORD
ask() { psql -XqAt -v ON_ERROR_STOP=1 -c "$1"; }
name=$(date -u +%Y%m%dT%H%M%SZ)
old() { ls -1 "$1" | grep '^[0-9]' | sort | head -n "-$KEEP"; }
`;

/** pg_dump of every database, and what belongs to none (roles without their passwords). */
export const DUMP = `set -eu
${connectAs("postgres", "superuser")}
cd ${BACKUP}
mkdir -p dumps
rm -rf dumps/.partial
mkdir dumps/.partial
ask "select datname || chr(9) || pg_get_userbyid(datdba) from pg_database where datallowconn and not datistemplate and datname <> 'postgres'" >dumps/.partial/databases
cut -f 1 dumps/.partial/databases | while IFS= read -r each; do
  pg_dump -Fc -d "$each" -f "dumps/.partial/$each.dump"
  pg_restore --list "dumps/.partial/$each.dump" >/dev/null
  echo "dumped $each"
done
pg_dumpall --globals-only --no-role-passwords -f dumps/.partial/globals.sql
(cd dumps/.partial && sha256sum -- * >SHA256SUMS)
sync
mv dumps/.partial "dumps/$name"
echo "complete: dumps/$name"
old dumps | while read -r each; do rm -rf "dumps/$each" && echo "removed dumps/$each"; done
`;

/** A copy of the whole server; restored, it replays what its lineage holds. */
export const BASE = `set -eu
${connectAs(REPLICATION, "replication")}
cd ${BACKUP}
mkdir -p base
rm -rf base/.partial
lineage=$(cat wal/current)
start=$(ask 'select pg_walfile_name(pg_current_wal_lsn())')
pg_basebackup -D base/.partial -Ft -z -X none --checkpoint=fast --no-password
echo "$lineage" >base/.partial/lineage
echo "$start" >base/.partial/start
end=$(ask 'select pg_current_wal_lsn()')
until [ "$(ask "select restart_lsn >= '$end' from pg_replication_slots where slot_name = 'archive'")" = t ]; do sleep 1; done
[ "$lineage" = "$(cat wal/current)" ]
sync
mv base/.partial "base/$name"
echo "complete: base/$name"
old base | while read -r each; do rm -rf "base/$each" && echo "removed base/$each"; done
for each in wal/[0-9]*; do
  of=$(basename "$each")
  oldest=$(grep -lx "$of" base/[0-9]*/lineage | sort | head -n 1)
  if [ -n "$oldest" ]; then
    pg_archivecleanup "$each" "$(cat "$(dirname "$oldest")/start")"
  elif [ "$of" != "$(cat wal/current)" ]; then
    rm -rf "$each" && echo "removed $each"
  fi
done
`;

/** Receives the log as it is written, with a slot: the primary keeps what has not arrived. */
export const ARCHIVE = `set -u
. ${SCRIPTS}/options.sh
umask 077
export PGHOST="$PRIMARY" PGPORT=${PORT} PGUSER=${REPLICATION} PGCONNECT_TIMEOUT=10 PGPASSFILE=/tmp/pgpass
receiver=
end() { if [ -n "$receiver" ]; then kill -INT "$receiver" 2>/dev/null; wait "$receiver"; receiver=; fi; }
trap 'end; exit 0' TERM INT
mkdir -p ${BACKUP}/wal
cd ${BACKUP}/wal
while :; do
  echo "*:*:*:${REPLICATION}:$(cat ${PASSWORDS}/replication)" >/tmp/pgpass
  if status=$(psql -XqAt -d postgres -c "select coalesce(max(coalesce(wal_status, 'reserved')), 'none') from pg_replication_slots where slot_name = 'archive'"); then
    if [ "$status" = none ] || [ "$status" = lost ]; then
      end
      if [ "$status" = lost ]; then psql -Xq -d postgres -c "select pg_drop_replication_slot('archive')" >/dev/null; fi
      lineage=$(date -u +%Y%m%dT%H%M%SZ)
      mkdir -p "$lineage"
      if pg_receivewal -D "$lineage" -S archive --create-slot --no-password; then
        echo "$lineage" >current.new
        mv current.new current
        echo "a new lineage begins: $lineage"
      fi
    fi
    if [ -s current ] && { [ -z "$receiver" ] || ! kill -0 "$receiver" 2>/dev/null; }; then
      pg_receivewal -D "$(cat current)" -S archive --synchronous --no-password &
      receiver=$!
      touch /tmp/receiving
    fi
  fi
  sleep 5 &
  wait $!
done
`;

/** A name of the folder in which a backup's own name is a folder. */
const chosen = (folder: string, variable: string): string => `if [ "$${variable}" = latest ]; then
  ${variable}=$(ls -1 ${RESTORE}/${folder} | grep '^[0-9]' | sort | tail -n 1)
fi
from="${RESTORE}/${folder}/$${variable}"
if [ -z "$${variable}" ] || [ ! -d "$from" ]; then
  echo "There is no backup $from; there are: $(ls ${RESTORE}/${folder} 2>/dev/null | tr '\\n' ' ')"
  exit 1
fi
`;

/** A part of the settling script. Each database appears under its name when it is whole; one that is there stays. */
export const RESTORE_DUMP = `${chosen("dumps", "DUMP")}
(cd "$from" && sha256sum -c --quiet SHA256SUMS)
psql -Xq -f "$from/globals.sql" 2>&1 | grep -v 'already exists' || true
while IFS="$(printf '\\t')" read -r each owner; do
  if [ -n "$(echo "select 1 from pg_database where datname = :'name'" | psql -XqAt -v name="$each")" ]; then
    echo "The database $each is there already and stays as it is."
    continue
  fi
  echo 'set client_min_messages = warning; drop database if exists "k8sctl restoring";' | psql -Xq
  echo 'create database "k8sctl restoring" template template0;' | psql -Xq -v ON_ERROR_STOP=1
  pg_restore --exit-on-error -d "k8sctl restoring" "$from/$each.dump"
  echo 'alter database "k8sctl restoring" owner to :"owner"; alter database "k8sctl restoring" rename to :"name";' | psql -Xq -v ON_ERROR_STOP=1 -v name="$each" -v owner="$owner"
  echo "restored $each of $DUMP"
done <"$from/databases"
`;

/** A part of the primary's first container; the server then replays the log to the end, or to the moment asked for. */
export const RESTORE_BASE = `${chosen("base", "BASE")}
rm -rf "$PGDATA.new"
mkdir -m 700 "$PGDATA.new"
echo "Restoring $from."
tar -xzf "$from/base.tar.gz" -C "$PGDATA.new"
pg_verifybackup -n -m "$from/backup_manifest" "$PGDATA.new"
rm -f "$PGDATA.new/standby.signal"
touch "$PGDATA.new/recovery.signal"
wal="${RESTORE}/wal/$(cat "$from/lineage")"
{
  echo "restore_command = 'cp $wal/%f \\"%p\\" 2>/dev/null || cp $wal/%f.partial \\"%p\\" 2>/dev/null'"
  echo "recovery_target_action = 'promote'"
  if [ -n "$UNTIL" ]; then echo "recovery_target_time = '$UNTIL'"; fi
} >"$PGDATA.recovery"
mv "$PGDATA.new" "$PGDATA"
`;

/** A primary that lost its volume takes the first replica's data; a new timeline begins, which the replicas follow. */
export const RESTORE_REPLICA = `export PGPASSWORD="$(cat ${PASSWORDS}/replication)"
rm -rf "$PGDATA.new"
echo "Copying the data of $FIRST_REPLICA."
pg_basebackup -D "$PGDATA.new" -X stream --checkpoint=fast --no-password -h "$FIRST_REPLICA" -p ${PORT} -U ${REPLICATION}
rm -f "$PGDATA.new/standby.signal"
touch "$PGDATA.new/recovery.signal"
echo "restore_command = 'false'" >"$PGDATA.recovery"
mv "$PGDATA.new" "$PGDATA"
`;
