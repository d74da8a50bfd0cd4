import { typeOf } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import { ready } from "./finding.ts";
import { apiServiceStatus } from "./kinds/api-service.ts";
import { crdStatus } from "./kinds/crd.ts";
import { cronJobStatus } from "./kinds/cron-job.ts";
import { customStatus } from "./kinds/custom.ts";
import { daemonSetStatus } from "./kinds/daemon-set.ts";
import { deploymentStatus } from "./kinds/deployment.ts";
import { hpaStatus } from "./kinds/hpa.ts";
import { ingressStatus } from "./kinds/ingress.ts";
import { jobStatus } from "./kinds/job.ts";
import { namespaceStatus } from "./kinds/namespace.ts";
import { pdbStatus } from "./kinds/pdb.ts";
import { podStatus } from "./kinds/pod.ts";
import { pvStatus } from "./kinds/pv.ts";
import { pvcStatus } from "./kinds/pvc.ts";
import { replicaSetStatus } from "./kinds/replica-set.ts";
import { serviceStatus } from "./kinds/service.ts";
import { statefulSetStatus } from "./kinds/stateful-set.ts";
import type { Rule } from "./related.ts";

/** group/kind -> rule. Kubernetes' other kinds have no status worth waiting for: to exist is to be ready. */
const rules: Readonly<Record<string, Rule>> = {
  "apps/Deployment": deploymentStatus,
  "apps/StatefulSet": statefulSetStatus,
  "apps/DaemonSet": daemonSetStatus,
  "apps/ReplicaSet": replicaSetStatus,
  "/ReplicationController": replicaSetStatus,
  "batch/Job": jobStatus,
  "batch/CronJob": cronJobStatus,
  "/Pod": podStatus,
  "/PersistentVolumeClaim": pvcStatus,
  "/PersistentVolume": pvStatus,
  "/Namespace": namespaceStatus,
  "/Service": serviceStatus,
  "networking.k8s.io/Ingress": ingressStatus,
  "apiextensions.k8s.io/CustomResourceDefinition": crdStatus,
  "apiregistration.k8s.io/APIService": apiServiceStatus,
  "autoscaling/HorizontalPodAutoscaler": hpaStatus,
  "policy/PodDisruptionBudget": pdbStatus,
};

/** API groups of Kubernetes itself. Others that end in k8s.io (gateway.networking, snapshot.storage) are CRDs. */
const ownGroups = new Set([
  "",
  "apps",
  "autoscaling",
  "batch",
  "extensions",
  "policy",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

const existence: Rule = () => ready();

export function ruleFor(object: KubeObject): Rule {
  const { group } = typeOf(object.apiVersion, object.kind);
  return rules[`${group}/${object.kind}`] ?? (ownGroups.has(group) ? existence : customStatus);
}
