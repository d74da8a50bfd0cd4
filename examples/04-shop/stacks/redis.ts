export { default } from "k8sctl/stacks/redis";
