import type { TerraformElement } from "cdktf";

/**
 * What the plan adds where it says that a change restarts the object's pods: `restarts 1 pod: nobody can write
 * meanwhile`. k8sctl reads it from a comment in the synthesized JSON; Terraform and OpenTofu pass over comments.
 */
export function duringRestart(resource: TerraformElement, consequence: string): void {
  resource.addOverride("//.k8sctl.duringRestart", consequence);
}
