export { default } from "k8sctl/stacks/nginx-ingress";
