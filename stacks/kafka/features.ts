import type { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1/index.js";
import type { Construct } from "constructs";
import { warnOnChange } from "../consequence.ts";
import { SMALL_JVM } from "./scripts.ts";
import { asking, REFUSED, runTools, type ToolSurroundings } from "./tool-job.ts";

/**
 * A Job that raises the cluster's feature levels, `metadata.version` among them, to those of a release, once all brokers
 * run (Kafka documentation, "Upgrading"). There is no way back: an older Kafka ends at the first record of the new level.
 */
export function raiseFeatures(scope: Construct, to: string, around: ToolSurroundings): JobV1 {
  const { config, job } = runTools(scope, "features", { "features.sh": script(asking(around), to) }, around);
  warnOnChange(config, `raises the features to those of Kafka ${to}: no older version can run on this data afterwards`);
  return job;
}

/**
 * All levels at once, or none. `kraft.version` stays: from level 1 on the quorum keeps the list of its controllers
 * itself, and one that lost its volume would not be let in again.
 */
function script(asks: string, to: string): string {
  return `#!/bin/bash
set -u
${SMALL_JVM}cd /opt/kafka/bin || exit 1
features() { timeout 60 ./kafka-features.sh ${asks} "$@" 2>&1; }

levels=$(features version-mapping --release-version ${to}) || { echo "$levels"; echo "this version does not know the features of ${to}"; exit ${REFUSED}; }
wanted=$(sed -nE 's/^([a-z.]+)=([1-9][0-9]*)( .*)?$/--feature \\1=\\2/p' <<<"$levels" | grep -v kraft.version=)
# Words of it are names and numbers.
said=$(features upgrade $wanted)
code=$?
echo "$said"
if [ $code = 0 ]; then echo "the features are those of ${to}"; exit 0; fi
if grep -qE "Can't downgrade|only supports" <<<"$said"; then echo "nothing was changed"; exit ${REFUSED}; fi
exit 1
`;
}
