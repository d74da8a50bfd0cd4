import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { Fn } from "cdktf";
import type { Construct } from "constructs";
import type { MetadataOf } from "../workload.ts";

/** Where pods mount what clients need. */
const FOLDER = "/etc/kafka-client";
export const CLIENT_CONFIG = `${FOLDER}/client.properties`;
export const CLIENT_CA = `${FOLDER}/ca.crt`;

export const clientMount = { name: "client", mountPath: FOLDER, readOnly: true };
export const clientVolume = (name: string) => ({ name: "client", configMap: { name } });

/** A ConfigMap with the authority, alone and as settings of Kafka's own clients; they stand by themselves, wherever they are copied to. */
export function makeClientConfig(scope: Construct, metadata: MetadataOf, ca: string): ConfigMapV1 {
  const settings = [
    "security.protocol=SSL",
    "ssl.truststore.type=PEM",
    // A value of properties is one line, in which \n stands for an end of line.
    `ssl.truststore.certificates=${Fn.replace(ca, "\n", "\\\\n")}`,
    "",
  ];
  return new ConfigMapV1(scope, "client", {
    metadata: metadata("-client"),
    data: { "ca.crt": ca, "client.properties": settings.join("\n") },
  });
}
