/**
 * Recorded answers that the embedded cluster does not give, by group and name, each with its reason. The list may only
 * shrink: an entry whose answer has become the same fails the test too.
 */
const reasons = {
  today: "1.34, which is imitated, says it in other words or with another code than the recorded 1.32.",
  recording: "The recorded body is not what was sent: it was changed afterwards, or replaced by a sentence.",
  after: "Follows deployment-reorder-env, whose recorded body is wrong.",
  parser: "Another YAML parser, another wording.",
  shorter: "The replay waits a second only; bookmarks come after that.",
  blueprint: "The blueprint of an empty list is for Go's decoder and is left out.",
  remembers: "A young cluster remembers everything; that it forgets is tested in watching.test.ts.",
  unmade: "The replay simulates no controllers, so that what they make (a pod that runs, a bound claim) is not there.",
  atOnce: "A definition is established at once, and its end is not told in conditions.",
  ours: "Differs on purpose: our version, our default storage class, one version of each kind, a warning that a webhook is not called.",
  controllers: "Controllers of the recorded server were at work, or what held the namespace was not recorded.",
  rbac: "The roles that every real cluster has for everybody are not listed; reviews have no managedFields.",
  go: "Go's dump of the whole struct is not imitated.",
} as const;

type Known = Readonly<Record<string, keyof typeof reasons>>;

export const knownDifferences: Readonly<Record<string, Known>> = {
  crud: {
    "lease-renew": "recording",
  },
  defaults: {
    pvc: "ours",
    "deployment-probes-volumes-image-without-tag": "today",
  },
  apply: {
    "malformed-yaml-400": "parser",
    "deployment-reorder-env": "recording",
    "deployment-noop-as-other-manager": "after",
    "managedfields-after-scale": "after",
    "deployment-without-replicas": "after",
  },
  immutable: {
    "job-template-change-422": "go",
    "job-parallelism-change-ok": "controllers",
    "job-apply-template-change-422": "go",
    "pvc-accessmodes-change-422": "go",
    "pvc-storageclass-change-422": "go",
    "pvc-shrink-422": "go",
    "pvc-grow-unbound-422": "go",
    "pod-env-change-422": "go",
  },
  errors: {
    "no-certificate-version-200": "ours",
    "self-subject-rules-review": "rbac",
    "bad-resourceversion": "today",
    "apply-terminating-namespace": "controllers",
    "get-terminating-namespace": "controllers",
    "delete-terminating-namespace-again": "controllers",
  },
  patch: {},
  "list-watch": {
    "watch-bookmarks": "shorter",
    "watch-bookmarks-long": "shorter",
    "watch-sendinitialevents": "blueprint",
    "watch-too-old-is-an-error-event": "remembers",
  },
  delete: {
    "get-after-foreground-has-finalizer": "unmade",
    "apply-while-deleting": "unmade",
    "replicaset-of-orphaned-deployment": "unmade",
    "pod-graceful-delete-returns-the-pod": "unmade",
    "pod-get-while-terminating": "unmade",
    "pod-delete-grace-0": "unmade",
    "delete-job-default-propagation-orphans-pods": "unmade",
    "pods-after-delete-job": "unmade",
    "pvc-delete-has-protection-finalizer": "unmade",
  },
  crd: {
    "crd-get-established": "atOnce",
    "crd-no-schema-422": "today",
    "crd-remove-stored-version-422": "today",
  },
  validation: {
    "quantity-unknown-resource-422": "today",
    "strategy-surge-and-unavailable-zero-422": "today",
    "pdb-both-422": "today",
    "configmap-too-large-422": "recording",
    "request-too-large-413": "recording",
    "deprecated-api-warning-header": "ours",
  },
};
