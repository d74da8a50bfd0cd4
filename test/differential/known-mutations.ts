/** What is left alike in neither the refusal nor the object; a pattern of names per reason. */
interface Known {
  readonly reason: string;
  /** Names of mutations; with an asterisk all that begin so. */
  readonly names: readonly string[];
}

/** The list can only shrink: with K8SCTL_MUTATIONS=all a name that is not met fails the test. */
export const knownInMutations: readonly Known[] = [
  {
    reason: "Who writes autoscaling/v1 is written down as if in the version that is stored.",
    names: ["HorizontalPodAutoscaler.*"],
  },
  {
    reason:
      "Labels that a ReplicationController takes from its template are the server's here, so that plans do not show them.",
    names: ["ReplicationController.metadata.labels*", "ReplicationController.spec.template.metadata.generateName*"],
  },
  {
    reason: "The digest of the requester's certificate is not told, and what the server wrote has an owner.",
    names: ["CertificateSigningRequest.*"],
  },
  {
    reason: "Refused like there, with one cause more or less.",
    names: [
      "CustomResourceDefinition.spec.versions doubled",
      "Ingress.spec.rules[].http.paths[] = {}",
      'Job.metadata.name = "Not OK!"',
      "Job.metadata.name = too long",
      'Namespace.metadata.generateName = "Not OK!"',
    ],
  },
  {
    reason: "A cluster with a default storage class.",
    names: [
      "PersistentVolumeClaim.metadata.not ok! added",
      "PersistentVolumeClaim.spec.accessModes doubled",
      "PersistentVolumeClaim.spec.storageClassName left out",
    ],
  },
  {
    reason: "An image whose name nobody can read counts as one without a tag.",
    names: ["Pod.spec.containers[].image = too long", "Pod.spec.initContainers[].image = too long"],
  },
  {
    reason: "Who owns elements that stand in a list twice.",
    names: [
      "Pod.spec.containers[].env doubled",
      "Pod.spec.hostAliases doubled",
      "Pod.spec.initContainers[].env doubled",
    ],
  },
  {
    reason: "Zero values that Go writes where something was left out.",
    names: [
      'APIService.spec.caBundle = ""',
      "ClusterRole.rules = []",
      "CustomResourceDefinition.spec.versions[].served left out",
      "Ingress.spec.rules[].http.paths[].backend.resource.apiGroup left out",
      "Job.spec.podFailurePolicy = {}",
      "Job.spec.podFailurePolicy.rules = []",
      "Job.spec.podFailurePolicy.rules left out",
      "Job.spec.podFailurePolicy.rules[] left out",
      'LimitRange.metadata.generateName = ""',
      "LimitRange.spec = {}",
      "LimitRange.spec left out",
      "LimitRange.spec.limits = []",
      "LimitRange.spec.limits left out",
      "LimitRange.spec.limits[] left out",
      "PersistentVolume.spec.azureFile.secretNamespace left out",
      "Pod.spec.volumes[].projected = {}",
      "Pod.spec.volumes[].projected.sources = []",
      "Pod.spec.volumes[].projected.sources left out",
      "Role.rules = []",
      "Role.rules[] left out",
      "ServiceAccount.secrets[] = {}",
      'ServiceAccount.secrets[].name = ""',
      "ServiceAccount.secrets[].name left out",
    ],
  },
];
