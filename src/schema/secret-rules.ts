import { Unknown } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";
import { type Fields, fieldsOf, isOpen, isSet, textOr } from "./reading.ts";
import type { ReportBelow } from "./rule.ts";

/** What a Secret of each type must hold (API reference, "Types of Secret"; the API server refuses it without). */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

const ACCOUNT = "kubernetes.io/service-account.name";

/** Messages quote nothing of what is in it. */
export function secretTypeRule(secret: Fields, report: ReportBelow): void {
  const type = textOr(secret["type"]);
  const { data, stringData, metadata } = secret;
  if (type === "kubernetes.io/service-account-token") {
    const { annotations } = fieldsOf(metadata);
    if (isOpen(metadata) || isOpen(annotations) || isSet(fieldsOf(annotations)[ACCOUNT])) return;
    report(["metadata", "annotations"], `must have ${ACCOUNT} where type is ${type}`, "missing");
    return;
  }
  // A key whose value is not known yet is a key.
  if ([data, stringData].some((part) => part instanceof Unknown)) return;
  const all = { ...fieldsOf(data), ...fieldsOf(stringData) };
  const has = (key: string): boolean => Object.hasOwn(all, key);
  if (type === "kubernetes.io/basic-auth" && !has("username") && !has("password")) {
    report(["data"], `must have username or password where type is ${type}`, "missing");
  }
  for (const key of keysOf[type] ?? []) {
    if (!has(key)) report(["data"], `must have ${key} where type is ${type}`, "missing");
  }
  const config = keysOf[type]?.[0] ?? "";
  if (config.startsWith(".docker") && has(config) && !isJson(fieldsOf(data)[config], fieldsOf(stringData)[config])) {
    report(["data", config], "must be JSON");
  }
}

function isJson(encoded: unknown, plain: unknown): boolean {
  const text =
    typeof plain === "string" ? plain : typeof encoded === "string" ? Buffer.from(encoded, "base64").toString() : null;
  if (text === null) return true;
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
