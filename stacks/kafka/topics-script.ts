import { SMALL_JVM } from "./scripts.ts";
import { REFUSED } from "./tool-job.ts";

/**
 * What Kafka's tools say is there, what they say is set, and the declaration, in that order, become lines of
 * `what is done<tab>its command`. A refusal has no command. No braces after a dollar sign: those are Terraform's.
 */
export const PLAN = `
function set_to(name, add, drop) {
  if (add != "") add = " --add-config " substr(add, 2)
  if (drop != "") drop = " --delete-config " substr(drop, 2)
  if (add drop != "") print "set " name add drop "\\tconfigs --alter --entity-name " name add drop
}
step == "described" && /^Topic: / {
  for (i = 3; i < NF; i++) {
    if ($i == "PartitionCount:") count[$2] = $(i + 1)
    if ($i == "ReplicationFactor:") copies[$2] = $(i + 1)
  }
}
step == "configured" && /^Dynamic configs for topic / { topic = $5 }
step == "configured" && / sensitive=/ {
  at = index($1, "="); key = substr($1, 1, at - 1)
  is[topic, key] = substr($1, at + 1); keys[topic] = keys[topic] " " key
}
step == "declared" {
  name = $1; seen[name] = 1
  if ($4 == "deleted") {
    if (name in count) print "delete " name ", with all its messages\\ttopics --delete --topic " name
    next
  }
  if (!(name in count)) {
    how = "topics --create --if-not-exists --topic " name
    if ($2 != "-") how = how " --partitions " $2
    if ($3 != "-") how = how " --replication-factor " $3
    for (i = 5; i <= NF; i++) how = how " --config " $i
    print "create " name "\\t" how
    next
  }
  if ($2 != "-" && $2 + 0 < count[name] + 0)
    print "refuse PartitionsShrink: topic " name " has " count[name] " partitions and " $2 " are declared; Kafka takes none away: declare " count[name] ", or another topic"
  if ($3 != "-" && $3 != copies[name])
    print "refuse CopiesChange: topic " name " has " copies[name] " copies and " $3 " are declared: move them with kafka-reassign-partitions.sh, or declare " copies[name]
  if ($2 != "-" && $2 + 0 > count[name] + 0)
    print "grow " name " from " count[name] " to " $2 " partitions\\ttopics --alter --topic " name " --partitions " $2
  split("", wanted); add = ""; drop = ""
  for (i = 5; i <= NF; i++) {
    at = index($i, "="); key = substr($i, 1, at - 1); value = substr($i, at + 1); wanted[key] = 1
    if (is[name, key] != value) add = add "," key "=" (index(value, ",") ? "[" value "]" : value)
  }
  n = split(keys[name], had, " ")
  for (i = 1; i <= n; i++) if (!(had[i] in wanted)) drop = drop "," had[i]
  set_to(name, add, drop)
}
END { for (name in count) if (!(name in seen)) print "leave " name " as it is: it is not declared" }
`;

/**
 * Reads what is there in two calls of Kafka's tools, refuses what cannot be before anything is changed, then changes what
 * differs. For the bash of the image.
 */
export function topicsScript(asks: string, files: string): string {
  return `#!/bin/bash
set -u -f
${SMALL_JVM}cd /opt/kafka/bin || exit 1
topics() { timeout 60 ./kafka-topics.sh ${asks} "$@"; }
configs() { timeout 60 ./kafka-configs.sh ${asks} --entity-type topics "$@"; }

topics --describe --exclude-internal >/tmp/described || { cat /tmp/described; exit 1; }
configs --describe >/tmp/configured || { cat /tmp/configured; exit 1; }
awk -f ${files}/plan.awk step=described /tmp/described step=configured /tmp/configured step=declared ${files}/topics.txt >/tmp/plan || exit 1

if grep '^refuse ' /tmp/plan | cut -d ' ' -f 2-  | grep .; then
  echo "nothing was changed"
  exit ${REFUSED}
fi
while IFS=$'\\t' read -r what how; do
  echo "$what"
  if [ -n "$how" ]; then
    # Words of it hold no blanks: that is checked when the stack is read.
    $how </dev/null || exit 1
  fi
done </tmp/plan
echo "the topics are as declared"
`;
}
