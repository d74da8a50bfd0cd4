/**
 * What the pods run beside the server: POSIX sh with the image's own client programs. No `${`: in Terraform's JSON that
 * begins an expression.
 */
import { CERTIFICATE_FILE, TLS } from "../tls.ts";
import { PASSWORDS } from "./declared.ts";
import { CONFIG, PORT, REPLICATION, RUN } from "./tuning.ts";

/** Where the scripts are mounted. */
export const SCRIPTS = "/scripts";

/** What the scripts are told, as assignments. No value holds a quote: the options' checks see to it. */
export function optionsSh(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

/** The first container of the primary's pod: refuses what would end in an empty or broken database. */
export const PREPARE = `set -eu
. ${SCRIPTS}/options.sh
if [ -s "$PGDATA/PG_VERSION" ]; then
  has=$(cat "$PGDATA/PG_VERSION")
  is=$(postgres --version | sed 's/[^0-9]*\\([0-9]*\\).*/\\1/')
  if [ "$has" != "$is" ]; then
    echo "The volume holds data of PostgreSQL $has and the image is $is: another major version takes a dump and a restore. Nothing was changed."
    exit 1
  fi
else
  echo "The volume holds no database."
  if [ -e ${SCRIPTS}/restore.sh ]; then
    . ${SCRIPTS}/restore.sh
  elif [ "$REPLICAS" -gt 0 ] && pg_isready -q -t 3 -h "$READERS" -p ${PORT}; then
    echo "A replica at $READERS has data: an empty primary would be another database. Set restoreFrom (replica: true takes the replica's data), or delete the replicas' claims."
    exit 1
  fi
fi
if [ -e "$PGDATA/recovery.signal" ]; then cp "$PGDATA.recovery" ${RUN}/standby.conf; fi
`;

/**
 * The first container of a replica's pod: clones the primary where the volume is empty or the slot was lost, and writes
 * whom to follow. Data that a healthy primary does not know are never deleted.
 */
export const CLONE = `set -eu
. ${SCRIPTS}/options.sh
export LC_ALL=C PGHOST="$FIRST" PGPORT=${PORT} PGUSER=${REPLICATION} PGDATABASE=postgres PGCONNECT_TIMEOUT=5
export PGPASSWORD="$(cat ${PASSWORDS}/replication)"
slot=replica_$(echo "$HOSTNAME" | sed 's/.*-//')
ask() { psql -XqAt -v ON_ERROR_STOP=1 -c "$1"; }
make_slot() { ask "select pg_create_physical_replication_slot('$slot', true) where not exists (select from pg_replication_slots where slot_name = '$slot')" >/dev/null; }
await_primary() {
  said=
  until err=$(ask 'select 1' 2>&1 >/dev/null); do
    if [ "$err" != "$said" ]; then echo "waiting for the primary: $err"; said=$err; fi
    sleep 2
    PGPASSWORD="$(cat ${PASSWORDS}/replication)"
  done
}
clone() {
  await_primary
  rm -rf "$PGDATA" "$PGDATA.new"
  # A walsender of the pod before this one may hold the slot for a while; a lost slot is of no use.
  until [ -n "$(ask "select 1 from pg_replication_slots where slot_name = '$slot' and not active and wal_status <> 'lost'")" ]; do
    ask "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$slot' and not active and wal_status = 'lost'" >/dev/null || true
    make_slot || true
    sleep 1
  done
  echo "Cloning the primary."
  pg_basebackup -D "$PGDATA.new" -X stream -S "$slot" --checkpoint=fast --no-password
  touch "$PGDATA.new/standby.signal"
  mv "$PGDATA.new" "$PGDATA"
}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  clone
elif [ ! -e "$PGDATA/standby.signal" ]; then
  echo "This replica has been promoted by hand; it starts as a server of its own."
  exit 0
elif primary=$(psql -XqAt -F ' ' "replication=1" -c IDENTIFY_SYSTEM); then
  primary=$(echo "$primary" | cut -d ' ' -f 1)
  mine=$(pg_controldata "$PGDATA" | sed -n 's/^Database system identifier: *//p')
  if [ "$primary" != "$mine" ]; then
    echo "The primary is another database ($primary) than the one in this volume ($mine), which is kept. Delete this pod's claim and the pod to clone the primary."
    exit 1
  fi
  status=$(ask "select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = '$slot'")
  if [ "$status" = lost ]; then
    echo "The primary no longer has what this replica misses."
    clone
  elif [ -z "$status" ]; then
    make_slot || true
  fi
fi
{
  echo "primary_conninfo = 'host=$FIRST port=${PORT} user=${REPLICATION} passfile=${RUN}/pgpass application_name=$slot $VERIFIED'"
  echo "primary_slot_name = '$slot'"
  # A standby must not have less of these than its data have seen (PostgreSQL documentation, "Hot Standby").
  for each in max_connections:max_connections max_worker_processes:max_worker_processes max_wal_senders:max_wal_senders max_prepared_transactions:max_prepared_xacts max_locks_per_transaction:max_locks_per_xact; do
    name=$(echo "$each" | cut -d : -f 1)
    field=$(echo "$each" | cut -d : -f 2)
    seen=$(pg_controldata "$PGDATA" | sed -n "s/^$field setting: *//p")
    set_to=$(sed -n "s/^$name = '\\([0-9]*\\)'/\\1/p" ${CONFIG}/postgresql.conf | tail -n 1)
    if [ -n "$seen" ] && [ -n "$set_to" ] && [ "$seen" -gt "$set_to" ]; then echo "$name = $seen"; fi
  done
} >${RUN}/standby.conf
umask 077
echo "*:*:*:${REPLICATION}:$PGPASSWORD" >${RUN}/pgpass
`;

/**
 * Beside the server, for as long as it runs: brings the passwords of the mounted Secret into it, also changed ones, and
 * has it read a renewed certificate. One that it cannot use it logs, and goes on with the one before.
 */
export const KEEP_PASSWORDS = `set -u
trap 'exit 0' TERM INT
applied=
served=
turn=0
sql() { psql -XqAt -h ${RUN} -U postgres -d postgres "$@"; }
while :; do
  if [ -e ${CERTIFICATE_FILE} ]; then
    certificate=$(cat ${TLS}/* | sha256sum)
    if [ "$certificate" != "$served" ] && sql -c 'select pg_reload_conf()' >/dev/null 2>&1; then
      served=$certificate
      echo "The server reads the certificate of the Secret."
    fi
  fi
  wanted=$(cat ${PASSWORDS}/superuser ${PASSWORDS}/replication ${SCRIPTS}/own-roles.sql | sha256sum)
  if [ -e "$PGDATA/standby.signal" ]; then
    if [ "$wanted" != "$applied" ]; then
      (umask 077; echo "*:*:*:${REPLICATION}:$(cat ${PASSWORDS}/replication)" >${RUN}/pgpass.new) && mv ${RUN}/pgpass.new ${RUN}/pgpass && applied=$wanted && touch /tmp/in-step
    fi
  elif [ "$(sql -c 'select pg_is_in_recovery()' 2>/dev/null)" = f ]; then
    if [ "$wanted" != "$applied" ] && sql -f ${SCRIPTS}/own-roles.sql; then
      applied=$wanted
      touch /tmp/in-step
      echo "The server has the passwords of the Secret."
    fi
    # A restored primary has no slots. One whose replica is gone for good would hold back the log for ever.
    if [ $((turn % 5)) = 0 ]; then
      . ${SCRIPTS}/options.sh
      sql -c "select 'made a slot for replica ' || i from (select i, pg_create_physical_replication_slot('replica_' || i, true) from generate_series(0, $REPLICAS - 1) i where not exists (select from pg_replication_slots where slot_name = 'replica_' || i)) m"
      sql -c "select 'dropped ' || slot_name from (select slot_name, pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name ~ '^replica_[0-9]+$' and not active and substr(slot_name, 9)::int >= $REPLICAS) d"
    fi
  fi
  turn=$((turn + 1))
  sleep 2 &
  wait $!
done
`;

/** Runs once for each change: waits until the server has the superuser's password, then makes what is declared. */
export const SETTLE = `set -eu
. ${SCRIPTS}/options.sh
export PGHOST="$PRIMARY" PGPORT=${PORT} PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=5
PGPASSWORD="$(cat ${PASSWORDS}/superuser)"
export PGPASSWORD
said=
tries=0
until err=$(psql -XqAtc 'select 1 where not pg_is_in_recovery()' 2>&1) && [ "$err" = 1 ]; do
  if [ "$err" != "$said" ]; then echo "waiting for the server: $err"; said=$err; fi
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ]; then echo "gave up"; exit 1; fi
  sleep 1
done
if [ -e ${SCRIPTS}/restore-dump.sh ]; then . ${SCRIPTS}/restore-dump.sh; fi
psql -Xq -f ${SCRIPTS}/declared.sql
echo "Users and databases are as declared."
`;
