import type { AlertmanagerOptions } from "./options.ts";

/**
 * alertmanager.yml (Alertmanager documentation, "Configuration"): alerts of one namespace and name come together, and a
 * critical one keeps back the warnings of its namespace. Written as JSON, which is YAML.
 */
export function alertmanagerConfig(options: AlertmanagerOptions): string {
  const { webhooks = [], slack, email, repeatInterval = "4h" } = options;
  const receiver = {
    name: "default",
    ...(webhooks.length === 0 ? {} : { webhook_configs: webhooks.map((url) => ({ url, send_resolved: true })) }),
    ...(slack === undefined
      ? {}
      : { slack_configs: [{ api_url: slack.url, channel: slack.channel, send_resolved: true }] }),
    ...(email === undefined ? {} : { email_configs: [mail(email)] }),
  };
  const config = {
    route: {
      receiver: "default",
      group_by: ["namespace", "alertname"],
      group_wait: "10s",
      group_interval: "1m",
      repeat_interval: repeatInterval,
    },
    inhibit_rules: [
      {
        source_matchers: ['severity="critical"'],
        target_matchers: ['severity="warning"'],
        equal: ["namespace", "statefulset"],
      },
    ],
    receivers: [receiver],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function mail({ to, from, smarthost, username, password }: NonNullable<AlertmanagerOptions["email"]>) {
  return {
    to,
    from,
    smarthost,
    send_resolved: true,
    ...(username === undefined ? {} : { auth_username: username }),
    ...(password === undefined ? {} : { auth_password: password }),
  };
}
