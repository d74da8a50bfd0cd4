import type { TerraformElement } from "cdktf";

/**
 * What the plan adds where it says that a change restarts the object's pods: `restarts 1 pod: nobody can write
 * meanwhile`. k8sctl reads it from a comment in the synthesized JSON; Terraform and OpenTofu pass over comments.
 */
export function duringRestart(resource: TerraformElement, consequence: string): void {
  resource.addOverride("//.k8sctl.duringRestart", consequence);
}

/** What the plan warns of where the object is made or changed. A comment in the JSON, as above. */
export function warnOnChange(resource: TerraformElement, says: string): void {
  resource.addOverride("//.k8sctl.warnOnChange", says);
}

/** What the plan says where the version of a container's image changes, by the numbers in its tag. */
export interface VersionRule {
  readonly container: string;
  /** `older`: less in the first two numbers (4.1 to 4.0, not 4.1.1 to 4.1.0). `major`: another first number. */
  readonly to: "older" | "major";
  /** One sentence: what happens then, and what to do instead. */
  readonly says: string;
  /** The change is not made, rather than warned of. */
  readonly refuse?: boolean;
}

/** For software that cannot read what another version of it wrote. A comment in the JSON, as above. */
export function onVersionChange(resource: TerraformElement, ...rules: readonly VersionRule[]): void {
  resource.addOverride("//.k8sctl.versionRules", rules);
}
