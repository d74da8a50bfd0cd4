import type { TerraformStack } from "cdktf";

/** Values of k8sctl.yaml and `--var`, by name. */
export type Vars = Readonly<Record<string, unknown>>;

/** What k8sctl hands to the constructor of a stack file's default export, after scope and id. */
export interface StackContext<V = Vars> {
  readonly vars: V;
  /** Names of those vars that k8sctl.yaml gives to this stack alone; `variables` and `--var` go to all stacks. */
  readonly own?: readonly string[];
  /** The stacks named in `after`, by name: their constructs can be referred to. */
  readonly stacks: Readonly<Record<string, TerraformStack>>;
}
