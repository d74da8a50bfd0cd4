import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider/index.js";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { podSecurity } from "./workload.ts";

/** What each stack of the library starts with: the provider, and a namespace of its own. */
export abstract class NamespacedStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
  }

  /** Makes the namespace, which holds its pods to the Pod Security level; returns a reference to its name. */
  protected makeNamespace(name: string, level: "restricted" | "baseline" | "privileged" = "restricted"): string {
    return new NamespaceV1(this, "namespace", { metadata: { name, labels: podSecurity(level) } }).metadata.name;
  }
}
