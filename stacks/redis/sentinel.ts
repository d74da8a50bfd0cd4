/** Files of a replicated Redis: each pod holds a server and a sentinel, which share its volume. */
import { CONFIG, clientProgram, listening, PORT, USERS } from "./config.ts";

export const SENTINEL_PORT = 26379;

/** Known to Sentinel, which rewrites it, on the volume: epochs and votes must outlive the pod (redis.io, "Sentinel"). */
const STATE = "/data/sentinel/sentinel.conf";

export interface Replicated {
  /** Name of the set, and of the master as Sentinel knows it. */
  readonly name: string;
  /** Domain of the pods: `redis-headless.data.svc`. */
  readonly members: string;
  /** Servers in all, each with a sentinel. */
  readonly servers: number;
  /** Seconds of silence after which the master counts as down. */
  readonly downAfter: number;
  readonly minReplicasToWrite: number;
  readonly tls?: object;
}

/** By file name; what goes into the ConfigMap beside redis.conf. */
export function sentinelFiles(of: Replicated): Record<string, string> {
  return {
    "replication.conf": replicationConf(of),
    "sentinel.conf": sentinelConf(of),
    "sentinel-master.conf": masterConf(of),
    "find-master.sh": findMaster(of),
    "start-server.sh": START_SERVER,
    "start-sentinel.sh": startSentinel(of),
    "hand-over.sh": handOver(of),
  };
}

/**
 * Users of the servers and of the sentinels beside `default`, with the rights that Redis documents for each
 * (redis.io, "Sentinel", "Redis Access Control List authentication"). Only hashes; `internal` is the hash of their password.
 */
export const internalUsers = (internal: string): string =>
  [
    `user replication on #${internal} +psync +replconf +ping`,
    `user sentinel on #${internal} allchannels +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill`,
    "",
  ].join("\n");

/** Sentinels know each other by the same password. */
export const sentinelUsers = (hash: string, internal: string): string =>
  `user default on #${hash} ~* &* +@all\nuser sentinel on #${internal} ~* &* +@all\n`;

/** How a server logs in to its master. */
export const replicationLogin = (password: string): string => `masteruser replication\nmasterauth ${password}\n`;

/** How a sentinel logs in to servers and to other sentinels. */
export const sentinelLogin = (name: string, password: string): string =>
  [
    `sentinel auth-user ${name} sentinel`,
    `sentinel auth-pass ${name} ${password}`,
    "sentinel sentinel-user sentinel",
    `sentinel sentinel-pass ${password}`,
    "",
  ].join("\n");

/** A master that too few replicas follow refuses writes: what it would take, a failover elsewhere would lose. */
function replicationConf({ minReplicasToWrite }: Replicated): string {
  return [`min-replicas-to-write ${minReplicasToWrite}`, "min-replicas-max-lag 10", ""].join("\n");
}

/** Pods are known by their names: their addresses change. */
function sentinelConf({ tls }: Replicated): string {
  return [
    ...listening(SENTINEL_PORT, tls),
    "protected-mode no",
    "dir /tmp",
    `aclfile ${USERS}/sentinel-users.acl`,
    "sentinel resolve-hostnames yes",
    "sentinel announce-hostnames yes",
    "",
  ].join("\n");
}

function masterConf({ name, downAfter }: Replicated): string {
  return [
    `sentinel down-after-milliseconds ${name} ${downAfter * 1000}`,
    `sentinel failover-timeout ${name} 60000`,
    `sentinel parallel-syncs ${name} 1`,
    "",
  ].join("\n");
}

const podNames = ({ name, servers }: Replicated): string =>
  Array.from({ length: servers }, (_, i) => `${name}-${i}`).join(" ");

/** Sets `cli`, the client, and `own` and `master`: what the other sentinels say, else what this pod's knew, else the first pod. */
function findMaster(of: Replicated): string {
  return `cli="${clientProgram(of.tls).join(" ")}"
own=$POD_NAME.${of.members}
ask_peers() {
  for pod in ${podNames(of)}; do
    if [ "$pod" = "$POD_NAME" ]; then continue; fi
    said=$(timeout 3 $cli -h "$pod.${of.members}" -p "$1" --raw $2 2>/dev/null | head -n 1)
    if [ -n "$said" ]; then echo "$said"; fi
  done
}
masters() { ask_peers ${SENTINEL_PORT} "sentinel get-master-addr-by-name ${of.name}" | grep -F ".${of.members}" | head -n 1; }
find_master() {
  master=$(masters)
  [ -n "$master" ] || master=$(sed -n 's/^sentinel monitor ${of.name} \\([^ ]*\\) .*/\\1/p' ${STATE} 2>/dev/null)
  [ -n "$master" ] || master=${of.name}-0.${of.members}
}
`;
}

/**
 * A server that was the master and has no AOF (a new volume, or snapshots only) must not come back as the master of
 * replicas with more: they would throw theirs away (redis.io, "Replication", on masters without persistence).
 */
const START_SERVER = `set -u
umask 077
. ${CONFIG}/find-master.sh
tries=0
while find_master; [ "$master" = "$own" ] && [ ! -d /data/appendonlydir ] && ask_peers ${PORT} dbsize | grep -qvx 0; do
  tries=$((tries + 1))
  if [ "$tries" -gt 120 ]; then echo "no other server became the master; not starting with less data than they have"; exit 1; fi
  if [ "$tries" = 1 ]; then echo "the other servers have data and this one has not: waiting until one of them is the master"; fi
  sleep 1
done
{
  cat ${CONFIG}/redis.conf ${CONFIG}/replication.conf ${USERS}/replication-login.conf
  echo "replica-announce-ip $own"
  if [ "$master" != "$own" ]; then echo "replicaof $master ${PORT}"; fi
} >/tmp/redis.conf
exec redis-server /tmp/redis.conf
`;

/** Settings are written anew at each start; what Sentinel has learned is kept. */
function startSentinel(of: Replicated): string {
  const quorum = Math.floor(of.servers / 2) + 1;
  const learned = `^sentinel (myid|current-epoch|(config-epoch|leader-epoch|known-replica|known-sentinel) ${of.name}) `;
  return `set -u
umask 077
. ${CONFIG}/find-master.sh
mkdir -p ${STATE.replace(/\/[^/]*$/, "")}
known=$(sed -n 's/^sentinel monitor ${of.name} \\([^ ]*\\) .*/\\1/p' ${STATE} 2>/dev/null)
[ -n "$known" ] || { find_master; known=$master; }
{
  cat ${CONFIG}/sentinel.conf
  echo "sentinel announce-ip $own"
  echo "sentinel monitor ${of.name} $known ${PORT} ${quorum}"
  cat ${CONFIG}/sentinel-master.conf ${USERS}/sentinel-login.conf
  grep -E '${learned}' ${STATE} 2>/dev/null
} >${STATE}.new
mv ${STATE}.new ${STATE}
exec redis-server ${STATE} --sentinel
`;
}

/**
 * Before a master goes in peace another takes over: writes wait (nothing is acknowledged that a replica lacks), and the
 * sentinels of the others are told. The server ends right after, so that nobody writes to it any more.
 */
function handOver(of: Replicated): string {
  return `. ${CONFIG}/find-master.sh
if [ "$($cli -h 127.0.0.1 --raw role | head -n 1)" != master ]; then exit 0; fi
$cli -h 127.0.0.1 client pause 20000 write
sleep 1
for pod in ${podNames(of)}; do
  if [ "$pod" = "$POD_NAME" ]; then continue; fi
  if [ "$(timeout 3 $cli -h "$pod.${of.members}" -p ${SENTINEL_PORT} sentinel failover ${of.name})" = OK ]; then break; fi
done
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if [ "$(masters)" != "$own" ]; then exit 0; fi
  sleep 1
done
`;
}
