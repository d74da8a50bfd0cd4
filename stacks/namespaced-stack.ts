import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider/index.js";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { podSecurity } from "./workload.ts";

/** What each stack of the library starts with: the provider, and a namespace of its own. */
export abstract class NamespacedStack extends TerraformStack {
  /** By the reference that makeNamespace returned. */
  readonly #namespaces = new Map<string, string>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
  }

  /** Makes the namespace, which holds its pods to the Pod Security level; returns a reference to its name. */
  protected makeNamespace(name: string, level: "restricted" | "baseline" | "privileged" = "restricted"): string {
    const reference = new NamespaceV1(this, "namespace", { metadata: { name, labels: podSecurity(level) } }).metadata
      .name;
    this.#namespaces.set(reference, name);
    return reference;
  }

  /**
   * The name itself, where a namespace of this stack is referred to. What is read by a reference is read after the
   * namespace was made or changed; by the name it is read before the plan, and missed there.
   */
  static nameOf(scope: Construct, namespace: string): string {
    const stack = TerraformStack.of(scope);
    return (stack instanceof NamespacedStack ? stack.#namespaces.get(namespace) : undefined) ?? namespace;
  }
}
