import type { Json, JsonObject } from "../../../model/json.ts";
import { listAt, numberAt, textAt } from "../../../model/read-field.ts";
import { type FieldError, forbiddenField, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import {
  countOrPercent,
  dnsLabel,
  invalidWhere,
  isSet,
  must,
  needed,
  notNegative,
  oneOf,
  type Rules,
  strictDnsLabel,
  unique,
} from "./checks.ts";

const selecting: Rules = { fields: { minReadySeconds: notNegative } };
const rollout = { minReadySeconds: notNegative, revisionHistoryLimit: notNegative };

/** What the API server demands of the structs of workloads, autoscaling and scheduling (API reference; words of the real server). */
export const workloadRules: Readonly<Record<string, Rules>> = {
  "apps.v1.DeploymentSpec": {
    fields: rollout,
    together: (spec, path) => {
      const deadline = spec["progressDeadlineSeconds"];
      const field = `${path}.progressDeadlineSeconds`;
      if (typeof deadline !== "number") return [];
      return [
        ...notNegative(deadline, field),
        ...(deadline <= numberAt(spec, "minReadySeconds")
          ? [invalidValue(field, String(deadline), "must be greater than minReadySeconds")]
          : []),
      ];
    },
  },
  "apps.v1.DeploymentStrategy": {
    together: (strategy, path) =>
      wrongStrategy(strategy, ["Recreate", "RollingUpdate"], (shown) =>
        unsupported(path, shown, ["Recreate", "RollingUpdate"]),
      ),
  },
  "apps.v1.RollingUpdateDeployment": { fields: { maxUnavailable: countOrPercent, maxSurge: countOrPercent } },
  "apps.v1.DaemonSetSpec": { fields: rollout },
  "apps.v1.DaemonSetUpdateStrategy": {
    together: (strategy, path) =>
      wrongStrategy(strategy, ["RollingUpdate", "OnDelete"], (shown) =>
        unsupported(path, shown, ["RollingUpdate", "OnDelete"]),
      ),
  },
  "apps.v1.RollingUpdateDaemonSet": {
    fields: { maxUnavailable: countOrPercent, maxSurge: countOrPercent },
    together: ({ maxUnavailable, maxSurge }, path) => {
      const none = (value: Json | undefined) =>
        typeof value === "string" ? !/^0*[1-9]\d*%$/.test(value) : value === 0;
      const field = `${path}.maxUnavailable`;
      return none(maxUnavailable) && none(maxSurge) ? [required(field, "cannot be 0 when maxSurge is 0")] : [];
    },
  },
  "apps.v1.ReplicaSetSpec": selecting,
  "apps.v1.StatefulSetSpec": {
    fields: {
      minReadySeconds: notNegative,
      serviceName: dnsLabel,
      podManagementPolicy: (value, field) =>
        value === "OrderedReady" || value === "Parallel"
          ? []
          : [invalidValue(field, goJson(value ?? ""), "must be 'OrderedReady' or 'Parallel'")],
    },
    together: (spec, path) =>
      listAt(spec, "volumeClaimTemplates").flatMap((claim, index) => {
        // Each claim becomes a volume of the pod, and is told of as that.
        const name = textAt(claim, "metadata", "name");
        const volume = `${path}.template.spec.volumes[${index}]`;
        if (name === "") return [required(`${volume}.persistentVolumeClaim.claimName`), required(`${volume}.name`)];
        return dnsLabel(name, `${volume}.name`);
      }),
  },
  "apps.v1.StatefulSetUpdateStrategy": {
    together: (strategy, path) =>
      wrongStrategy(strategy, ["RollingUpdate", "OnDelete"], (shown) =>
        invalidValue(path, shown, "must be 'RollingUpdate' or 'OnDelete'"),
      ),
  },
  "apps.v1.RollingUpdateStatefulSetStrategy": { fields: { partition: notNegative } },
  "batch.v1.JobSpec": {
    fields: {
      parallelism: notNegative,
      completions: notNegative,
      activeDeadlineSeconds: notNegative,
      backoffLimit: notNegative,
      ttlSecondsAfterFinished: notNegative,
      completionMode: oneOf("NonIndexed", "Indexed"),
    },
    together: (spec, path) => {
      if (spec["completionMode"] !== "Indexed") return [];
      const parallel = numberAt(spec, "parallelism");
      return [
        ...(isSet(spec["completions"]) ? [] : [required(`${path}.completions`, "when completion mode is Indexed")]),
        ...(parallel > 100_000
          ? [
              invalidValue(
                `${path}.parallelism`,
                String(parallel),
                "must be less than or equal to 100000 when completion mode is Indexed",
              ),
            ]
          : []),
      ];
    },
  },
  "batch.v1.PodFailurePolicyRule": {
    fields: {
      action: needed(
        'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        oneOf("Count", "FailIndex", "FailJob", "Ignore"),
      ),
    },
    together: (rule, path) => {
      const [codes, conditions] = [isSet(rule["onExitCodes"]), listAt(rule, "onPodConditions").length > 0];
      if (codes !== conditions) return [];
      const why = codes
        ? "specifying both OnExitCodes and OnPodConditions is not supported"
        : "specifying one of OnExitCodes and OnPodConditions is required";
      return [{ reason: "FieldValueInvalid", field: path, message: `Invalid value: ${why}` }];
    },
  },
  "batch.v1.PodFailurePolicyOnExitCodesRequirement": {
    fields: { operator: needed('valid values: ["In" "NotIn"]', oneOf("In", "NotIn")), values: unique() },
    together: ({ operator, values }, path) => {
      const list = Array.isArray(values) ? values : [];
      const field = `${path}.values`;
      if (list.length === 0) return [invalidValue(field, "[]", "at least one value is required")];
      return list.flatMap((value, index) =>
        operator === "In" && value === 0
          ? [invalidValue(`${field}[${index}]`, "0", "must not be 0 for the In operator")]
          : [],
      );
    },
  },
  "batch.v1.CronJobSpec": {
    fields: {
      startingDeadlineSeconds: notNegative,
      successfulJobsHistoryLimit: notNegative,
      failedJobsHistoryLimit: notNegative,
      concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
      timeZone: (value, field) =>
        value === "" ? [invalidValue(field, '""', "timeZone must be nil or non-empty string")] : [],
    },
  },
  "autoscaling.v2.HorizontalPodAutoscalerSpec": {
    together: (spec, path) => {
      const least = spec["minReplicas"];
      if (typeof least !== "number" || least >= 1) return [];
      const errors = [invalidValue(`${path}.minReplicas`, String(least), "must be greater than or equal to 1")];
      const external = listAt(spec, "metrics").some((metric) =>
        ["Object", "External"].includes(textAt(metric, "type")),
      );
      const why = "must specify at least one Object or External metric to support scaling to zero replicas";
      return external || least < 0 ? errors : [...errors, forbiddenField(`${path}.metrics`, why)];
    },
  },
  "autoscaling.v2.CrossVersionObjectReference": {
    fields: { kind: must, name: must },
    together: ({ apiVersion = "", kind }, path) =>
      !path.endsWith("scaleTargetRef") || String(apiVersion).includes("/") || kind === "ReplicationController"
        ? []
        : [invalidValue(`${path}.apiVersion`, goJson(apiVersion), "apiVersion must specify API group")],
  },
  "autoscaling.v2.MetricTarget": {
    fields: { averageUtilization: invalidWhere((n) => n < 1, "must be greater than 0") },
  },
  "autoscaling.v2.HPAScalingRules": {
    fields: {
      stabilizationWindowSeconds: (value, field) =>
        typeof value !== "number" || (value >= 0 && value <= 3600)
          ? []
          : [
              invalidValue(
                field,
                String(value),
                value < 0 ? "must be greater than or equal to zero" : "must be less than or equal to 3600",
              ),
            ],
      selectPolicy: oneOf("Disabled", "Max", "Min"),
    },
  },
  "autoscaling.v2.HPAScalingPolicy": {
    fields: {
      type: oneOf("Percent", "Pods"),
      value: invalidWhere((n) => n < 1, "must be greater than zero"),
      periodSeconds: invalidWhere((n) => n < 1 || n > 1800, "must be greater than zero"),
    },
  },
  "policy.v1.PodDisruptionBudgetSpec": { fields: { minAvailable: countOrPercent, maxUnavailable: countOrPercent } },
  "scheduling.v1.PriorityClass": {
    fields: {
      preemptionPolicy: (value, field) =>
        value === "" ? [required(field)] : oneOf("PreemptLowerPriority", "Never")(value, field),
    },
  },
  "node.v1.RuntimeClass": { fields: { handler: strictDnsLabel } },
};

/** The message shows the strategy as the server's internal type. */
function wrongStrategy(
  strategy: JsonObject,
  types: readonly string[],
  refusal: (shown: string) => FieldError,
): FieldError[] {
  const type = textAt(strategy, "type");
  return types.includes(type) ? [] : [refusal(goJson({ Type: type, RollingUpdate: null }))];
}
