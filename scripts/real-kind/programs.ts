import { buildPrograms } from "../real-api/binaries.ts";

/** Prints the folder with Kubernetes' programs, built where they are missing. */
const names = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-proxy",
  "kube-scheduler",
  "kubeadm",
  "kubectl",
  "kubelet",
];
console.log(await buildPrograms(names, process.env, (line) => console.error(line)));
