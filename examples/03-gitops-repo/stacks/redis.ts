// The stack of the library as it is; its options come from each environment's k8sctl.yaml.
export { default } from "k8sctl/stacks/redis";
