/**
 * Differences left between the real API server and the embedded one in the live exchanges, by group and reason. The list
 * can only shrink: an exchange that is answered alike by now fails the test, except where the moment decides.
 */
const reasons = {
  dumps: "A dump of Go's internal struct, or a diff of two of them, that follows the same first sentence.",
  parser: "Another YAML parser tells of the same mistake in its own words.",
  quota:
    "A quota without a controller manager has no status yet: the real server lets everything pass until it has one.",
  components: "ComponentStatus tells of components that the embedded cluster does not have.",
  ours: "Differs on purpose: our version, our groups; API groups that are always there have no APIService of their own.",
  moment: "A definition that is let go is gone at once; the real server answers with it a moment longer.",
  goMaps: "Two wrong labels, or two roles, are told in an order that is another one each time.",
  authorizer: "The real server's authorizer learns of a new role a moment after it is made.",
  ranger: "The real server's LimitRanger learns of a new range a moment after it is made.",
} as const;

type Reason = keyof typeof reasons;

/** These may be alike in one run and not in the next. */
export const decidedByTheMoment: ReadonlySet<Reason> = new Set<Reason>(["moment", "goMaps", "authorizer", "ranger"]);

export const knownInExchanges: Readonly<Record<string, Readonly<Partial<Record<Reason, readonly string[]>>>>> = {
  apply: {
    parser: ["malformed-yaml-400"],
  },
  immutable: {
    dumps: [
      "job-template-change-422",
      "job-apply-template-change-422",
      "pvc-accessmodes-change-422",
      "pvc-storageclass-change-422",
      "pvc-shrink-422",
      "pvc-grow-unbound-422",
      "pod-env-change-422",
    ],
  },
  errors: {
    authorizer: ["patch-only-user-applies-existing", "privilege-escalation-role-403"],
    goMaps: ["self-subject-rules-review"],
    ours: ["put-to-discovery-200", "no-certificate-version-200"],
  },
  validation: {
    ranger: ["limitrange-defaults-into-pod"],
    goMaps: ["label-invalid-422"],
    components: ["deprecated-api-warning-header"],
    quota: ["quota-exceeded-403"],
  },
  own: {
    moment: ["own-crd-release"],
    ours: ["own-apiservice-list-table"],
  },
};
