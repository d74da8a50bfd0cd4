/** Scripts of the pods, for the bash of the image. No braces after a dollar sign: those are Terraform's. */
import { CERTIFICATE_FILE, KEY_FILE } from "../tls.ts";
import { CLIENT_CONFIG } from "./client-config.ts";
import { CONTROLLER_PORT, DATA, KEYSTORE, type NodeSet, PORT } from "./settings.ts";

export const SCRIPTS = "/etc/kafka-scripts";

/** Kafka's tools start a JVM each: a small one, in which nothing is compiled twice. */
export const SMALL_JVM = `unset KAFKA_OPTS KAFKA_JMX_OPTS JMX_PORT
export KAFKA_HEAP_OPTS=-Xmx64m KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
`;

const IN_SYNC = "/tmp/in-sync";

/** By file name. `outside`: `host:port` of each broker by its number, where there is a listener outside. */
export function nodeScripts(
  { roles, members }: Pick<NodeSet, "roles" | "members">,
  { outside, tls }: { readonly outside: readonly string[]; readonly tls: boolean },
): Record<string, string> {
  // A certificate has the pod's name and no address.
  const own = tls ? `$POD_NAME.${members}` : "127.0.0.1";
  const config = tls ? ` --command-config ${CLIENT_CONFIG}` : "";
  return {
    "start.sh": start(outside, tls),
    "ready.sh": roles === "controller" ? controllerReady(own, config) : brokerReady(own, config),
  };
}

/**
 * Voters are written to the volume at its first start. Others than those would be another cluster: new controllers
 * could agree without the old ones, and what those know of topics would be gone.
 */
function start(outside: readonly string[], tls: boolean): string {
  return `#!/bin/bash
rm -f ${IN_SYNC}
if [[ $KAFKA_PROCESS_ROLES == *controller* ]]; then
  if [ -e ${DATA}/voters ] && [ "$(cat ${DATA}/voters)" != "$KAFKA_CONTROLLER_QUORUM_VOTERS" ]; then
    echo "QuorumChanged: this volume's cluster has the controllers $(cat ${DATA}/voters),"
    echo "and the stack now says $KAFKA_CONTROLLER_QUORUM_VOTERS. Set brokers and controllers back; nothing is lost."
    exit 1
  fi
  echo "$KAFKA_CONTROLLER_QUORUM_VOTERS" >${DATA}/voters
fi
${
  outside.length === 0
    ? ""
    : `set -- ${outside.join(" ")}
shift "$KAFKA_NODE_ID"
export KAFKA_ADVERTISED_LISTENERS="$KAFKA_ADVERTISED_LISTENERS,OUTSIDE://$1"
`
}${tls ? MAKE_KEYSTORE : ""}exec /etc/kafka/docker/run
`;
}

const MAKE_KEYSTORE = `if ! grep -q 'BEGIN PRIVATE KEY' ${KEY_FILE}; then
  echo "KeyForm: tls.key is not PKCS #8 (BEGIN PRIVATE KEY), and Kafka reads no other. In cert-manager: privateKey.encoding PKCS8;"
  echo "by hand: openssl pkcs8 -topk8 -nocrypt -in tls.key"
  exit 1
fi
(umask 077; cat ${KEY_FILE} ${CERTIFICATE_FILE} >${KEYSTORE})
`;

/**
 * A broker is ready when it has caught up: every partition that it has a copy of counts it among those in sync. The next
 * broker of a rolling restart waits for that. Asked until it was so once: later on others may be behind, and a broker that
 * serves must not be taken from its clients for it.
 */
const brokerReady = (own: string, config: string): string => `#!/bin/bash
(: </dev/tcp/127.0.0.1/${PORT}) 2>/dev/null || { echo "does not listen yet"; exit 1; }
if [ -e ${IN_SYNC} ]; then exit 0; fi
${SMALL_JVM}said=$(timeout 25 /opt/kafka/bin/kafka-topics.sh --bootstrap-server "${own}:${PORT}"${config} --describe --under-replicated-partitions 2>&1) \\
  || { echo "the cluster does not answer: $(tail -n 1 <<<"$said")"; exit 1; }
behind=$(awk -F '\\t' -v id="$KAFKA_NODE_ID" '
  function has(list, i, n, ids) { sub(/^[A-Za-z]+: */, "", list); n = split(list, ids, ","); for (i = 1; i <= n; i++) if (ids[i] == id) return 1; return 0 }
  /Replicas: / { for (f = 1; f <= NF; f++) { if ($f ~ /^Replicas:/) all = $f; if ($f ~ /^Isr:/) sync = $f }; if (has(all) && !has(sync)) count++ }
  END { print count + 0 }' <<<"$said")
if [ "$behind" != 0 ]; then echo "not in sync yet: $behind partitions"; exit 1; fi
touch ${IN_SYNC}
`;

/** A controller is ready when it has followed the leader's log to its end once. */
const controllerReady = (own: string, config: string): string => `#!/bin/bash
(: </dev/tcp/127.0.0.1/${CONTROLLER_PORT}) 2>/dev/null || { echo "does not listen yet"; exit 1; }
if [ -e ${IN_SYNC} ]; then exit 0; fi
${SMALL_JVM}said=$(timeout 25 /opt/kafka/bin/kafka-metadata-quorum.sh --bootstrap-controller "${own}:${CONTROLLER_PORT}"${config} describe --replication 2>&1) \\
  || { echo "the quorum does not answer: $(tail -n 1 <<<"$said")"; exit 1; }
awk -v id="$KAFKA_NODE_ID" '$1 == id && $4 >= 0 && $4 < 100 { found = 1 } END { exit !found }' <<<"$said" \\
  || { echo "has not followed the leader to the end yet"; exit 1; }
touch ${IN_SYNC}
`;
