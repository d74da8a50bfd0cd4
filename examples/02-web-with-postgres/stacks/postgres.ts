// The stack of the library as it is; its options come from k8sctl.yaml.
export { default } from "k8sctl/stacks/postgres";
