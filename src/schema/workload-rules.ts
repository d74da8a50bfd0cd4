import { type Fields, fieldsOf, isOpen, isSet, listOf, textOr } from "./reading.ts";
import type { ReportBelow, StructRule } from "./rule.ts";

/** What selects pods by labels must select those that it makes (API reference, DeploymentSpec.selector). */
export const selectingRule: StructRule = (spec, report) => {
  const { selector, template } = spec;
  const wanted = fieldsOf(selector)["matchLabels"];
  const expressions = fieldsOf(selector)["matchExpressions"];
  const empty = Object.keys(fieldsOf(wanted)).length === 0 && listOf(expressions).length === 0;
  if (isSet(selector) && empty && !isOpen(selector) && !isOpen(wanted))
    report(["selector"], "must not be empty", "missing");
  const { metadata, spec: pod } = fieldsOf(template);
  const { labels } = fieldsOf(metadata);
  if (!isOpen(template) && !isOpen(metadata) && !(isOpen(labels) && labels instanceof Object)) {
    for (const [key, value] of Object.entries(fieldsOf(wanted))) {
      if (typeof value !== "string") continue;
      const has = fieldsOf(labels)[key];
      if (has === value) continue;
      const found = has === undefined ? "the template has no such label" : `the template has ${JSON.stringify(has)}`;
      report(["selector", "matchLabels", key], `does not match the template's labels: ${found}`);
    }
  }
  deadlineRule(spec, report);
  const { restartPolicy } = fieldsOf(pod);
  if (restartPolicy === "Never" || restartPolicy === "OnFailure") {
    report(["template", "spec", "restartPolicy"], `must be Always, is ${JSON.stringify(restartPolicy)}`, "enum");
  }
};

/** Only pods and Jobs end after a time. */
export const deadlineRule = (spec: Fields, report: ReportBelow): void => {
  const { activeDeadlineSeconds } = fieldsOf(fieldsOf(spec["template"])["spec"]);
  if (typeof activeDeadlineSeconds !== "number") return;
  report(["template", "spec", "activeDeadlineSeconds"], "is allowed in Pods and Jobs only");
};

export const jobRule: StructRule = (spec, report) => {
  const { restartPolicy } = fieldsOf(fieldsOf(spec["template"])["spec"]);
  if (isOpen(spec["template"]) || isOpen({ restartPolicy })) return;
  if (restartPolicy === "OnFailure" || restartPolicy === "Never") return;
  const is = restartPolicy === undefined ? "is left out, which means Always" : `is ${JSON.stringify(restartPolicy)}`;
  report(["template", "spec", "restartPolicy"], `must be OnFailure or Never, ${is}`, "enum");
};

export const strategyRule: StructRule = (strategy, report) => {
  const rolling = strategy["rollingUpdate"];
  if (textOr(strategy["type"]) === "Recreate" && isSet(rolling)) {
    report(["rollingUpdate"], "is not allowed where type is Recreate");
  }
  const { maxSurge, maxUnavailable } = fieldsOf(rolling);
  const zero = (value: unknown): boolean => value === 0 || value === "0" || value === "0%";
  if (zero(maxSurge) && zero(maxUnavailable)) {
    report(["rollingUpdate", "maxUnavailable"], "must not be 0 where maxSurge is 0");
  }
};
