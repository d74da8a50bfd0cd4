import { type Check, duration, fieldsOf, oneOf, text } from "../checks.ts";

/** One alert (Prometheus documentation, "Alerting rules"). */
export interface AlertRule {
  /** Name of the alert. */
  readonly alert: string;
  /** PromQL; the alert is active for each series that it gives. */
  readonly expr: string;
  /** How long it must be active before it fires. */
  readonly for?: string;
  /** How urgent it is, as the label `severity`. */
  readonly severity?: "critical" | "warning" | "info";
  /** What a person reads; may use `{{ $labels.namespace }}` and `{{ $value }}`. */
  readonly summary?: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

export const alertRule: Check<AlertRule> = fieldsOf<AlertRule>(
  {
    alert: (value) => {
      if (typeof value === "string" && /^[A-Za-z_]\w*$/.test(value)) return value;
      throw new Error(`${JSON.stringify(value)} is not a name of letters, digits and _`);
    },
    expr: text,
    for: duration,
    severity: oneOf("critical", "warning", "info"),
    summary: text,
  },
  "alert",
  "expr",
);

/** A rule file; texts stand in it as JSON strings, which YAML reads as they are. */
export function ruleFile(groups: readonly RuleGroup[]): string {
  const lines = groups.flatMap(({ name, rules }) => [
    `  - name: ${JSON.stringify(name)}`,
    "    rules:",
    ...rules.flatMap((rule) => [
      `      - alert: ${rule.alert}`,
      `        expr: ${JSON.stringify(rule.expr)}`,
      ...(rule.for === undefined ? [] : [`        for: ${rule.for}`]),
      `        labels: { severity: ${rule.severity ?? "warning"} }`,
      ...(rule.summary === undefined ? [] : [`        annotations: { summary: ${JSON.stringify(rule.summary)} }`]),
    ]),
  ]);
  return `groups:\n${lines.join("\n")}\n`;
}
