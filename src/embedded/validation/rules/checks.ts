import type { Json, JsonObject } from "../../../model/json.ts";
import { isJsonObject } from "../../../model/json.ts";
import { type FieldError, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import { checkDns1035, checkDnsLabel, checkLabels, checkQualifiedName, checkSubdomain } from "../text-rules.ts";

/** What is wrong with a value that stands at `field`; `undefined` is a field that is left out. */
export type Check = (value: Json | undefined, field: string) => FieldError[];

const isMissing = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

/** Must be there and not be empty; the other checks follow when it is. */
export const needed =
  (why = "", ...more: readonly Check[]): Check =>
  (value, field) =>
    isMissing(value) ? [required(field, why)] : more.flatMap((check) => check(value, field));

/** Must be there, though it may be empty; the other checks follow when it is. */
export const given =
  (why = "", ...more: readonly Check[]): Check =>
  (value, field) =>
    value === undefined || value === null ? [required(field, why)] : more.flatMap((check) => check(value, field));

/** Must not be empty, and is judged even so: both errors are told. */
export const neededAnd =
  (why: string, check: Check): Check =>
  (value, field) => [...needed(why)(value, field), ...check(value ?? "", field)];

/** What the check says of a field that is set, be it to nothing. */
export const ifSet =
  (check: Check): Check =>
  (value, field) =>
    value === undefined || value === null ? [] : check(value, field);

/** Judged only where something was said. */
const text =
  (check: (value: string, field: string) => FieldError[]): Check =>
  (value, field) =>
    typeof value === "string" && value !== "" ? check(value, field) : [];

/** "" is judged too. */
const anyText =
  (check: (value: string, field: string) => FieldError[]): Check =>
  (value, field) =>
    typeof value === "string" ? check(value, field) : [];

const number =
  (check: (value: number) => string | null): Check =>
  (value, field) => {
    const why = typeof value === "number" ? check(value) : null;
    return why === null ? [] : [invalidValue(field, String(value), why)];
  };

export const oneOf =
  (...values: readonly string[]): Check =>
  (value, field) =>
    typeof value === "string" && !values.includes(value) ? [unsupported(field, goJson(value), values)] : [];

/** Left out counts as "": that is none of them either. */
export const oneOfNeeded =
  (...values: readonly string[]): Check =>
  (value, field) =>
    oneOf(...values)(value ?? "", field);

export const notNegative = number((value) => (value < 0 ? "must be greater than or equal to 0" : null));
export const positive = number((value) => (value <= 0 ? "must be greater than zero" : null));
export const between = (least: number, most: number): Check =>
  number((value) => (value < least || value > most ? `must be between ${least} and ${most}, inclusive` : null));
export const isPortNumber = between(1, 65_535);
export const userId = between(0, 2_147_483_647);
export const fileMode = number((value) =>
  value < 0 || value > 0o777 ? "must be a number between 0 and 0777 (octal), both inclusive" : null,
);
export const weight: Check = (value, field) =>
  number((n) => (n < 1 || n > 100 ? "must be in the range 1-100" : null))(value ?? 0, field);

export const subdomain = text((value, field) => checkSubdomain(field, value));
/** Nothing is no name either. */
export const strictSubdomain: Check = (value, field) => checkSubdomain(field, String(value ?? ""));
export const strictDnsLabel: Check = (value, field) => checkDnsLabel(field, String(value ?? ""));
export const strictDns1035: Check = (value, field) => checkDns1035(field, String(value ?? ""));
export const dnsLabel = text((value, field) => checkDnsLabel(field, value));
export const dns1035 = text((value, field) => checkDns1035(field, value));
export const qualifiedName = anyText((value, field) => checkQualifiedName(field, value));
export const qualifiedNameIfSaid = text((value, field) => checkQualifiedName(field, value));
export const labels: Check = (value, field) => (isJsonObject(value) ? checkLabels(field, value) : []);
export const annotations: Check = (value, field) =>
  isJsonObject(value) ? Object.keys(value).flatMap((key) => checkQualifiedName(field, key.toLowerCase())) : [];

/** Each value as a label's value: of selectors. */
export const labelValues: Check = (value, field) =>
  Array.isArray(value) ? value.flatMap((item, index) => labelValue(item, `${field}[${index}]`)) : [];

export function labelValue(value: Json | undefined, field: string): FieldError[] {
  return checkLabels(field, { a: value ?? "" });
}

export const each =
  (check: Check): Check =>
  (value, field) =>
    Array.isArray(value) ? value.flatMap((item, index) => check(item, `${field}[${index}]`)) : [];

/** A port by its number, or by a name of the IANA form. */
export const port: Check = (value, field) => {
  if (typeof value !== "string") return isPortNumber(value ?? 0, field);
  return portName(value, field);
};

export function portName(value: string, field: string): FieldError[] {
  const wrong = (why: string) => invalidValue(field, goJson(value), why);
  const errors: FieldError[] = [];
  if (value.length > 15) errors.push(wrong("must be no more than 15 characters"));
  if (!/^[-a-z0-9]+$/.test(value))
    errors.push(wrong("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"));
  if (!/[a-z]/.test(value)) errors.push(wrong("must contain at least one letter (a-z)"));
  if (value.includes("--")) errors.push(wrong("must not contain consecutive hyphens"));
  if (value.startsWith("-") || value.endsWith("-")) errors.push(wrong("must not begin or end with a hyphen"));
  return errors;
}

export const ianaName = text(portName);

const octet = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(\\.${octet}){3}$`);
const isIp = (value: string): boolean =>
  ipv4.test(value) || (/^[\da-fA-F:.]+$/.test(value) && value.includes(":") && URL.canParse(`http://[${value}]/`));

export const ip: Check = (value, field) =>
  typeof value === "string" && isIp(value)
    ? []
    : [invalidValue(field, goJson(value ?? ""), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];

export const cidr: Check = (value, field) => {
  const [address = "", bits = "", ...more] = String(value ?? "").split("/");
  const widest = address.includes(":") ? 128 : 32;
  const valid = isIp(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= widest && more.length === 0;
  const why = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
  return valid ? [] : [invalidValue(field, goJson(value ?? ""), why)];
};

const percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A count that is not negative, or a percentage. */
export const countOrPercent: Check = (value, field) => {
  if (typeof value === "string" && !/^\d+%$/.test(value)) return [invalidValue(field, goJson(value), percentText)];
  return notNegative(value, field);
};

export const absolutePath = anyText((value, field) =>
  value.startsWith("/") ? [] : [invalidValue(field, goJson(value), "must be an absolute path")],
);

export const configKey = text((value, field) => {
  const why =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  const long = value.length > 253 ? [invalidValue(field, goJson(value), "must be no more than 253 characters")] : [];
  return /^[-._a-zA-Z0-9]+$/.test(value) ? long : [...long, invalidValue(field, goJson(value), why)];
});

export function duplicate(field: string, value: Json): FieldError {
  return { reason: "FieldValueDuplicate", field, message: `Duplicate value: ${goJson(value)}` };
}

/** Elements, or what `key` makes of them, that stand in the list a second time. */
export const unique =
  (key: (item: Json) => Json = (item) => item, below = ""): Check =>
  (value, field) => {
    const seen = new Set<string>();
    return (Array.isArray(value) ? value : []).flatMap((item, index) => {
      const own = key(item);
      const shown = JSON.stringify(own);
      const again = seen.has(shown) && own !== "";
      seen.add(shown);
      return again ? [duplicate(`${field}[${index}]${below}`, own)] : [];
    });
  };

export const nameOf = (item: Json): Json => (isJsonObject(item) ? (item["name"] ?? "") : "");

export const all =
  (...checks: readonly Check[]): Check =>
  (value, field) =>
    checks.flatMap((check) => check(value, field));

/** What the fields of a struct must be, by field, and what they must keep together. */
export interface Rules {
  readonly fields?: Readonly<Record<string, Check>>;
  readonly together?: (fields: JsonObject, path: string) => FieldError[];
}

export const must = needed();

export const isSet = (value: unknown) => value !== undefined && value !== null;

export const invalidWhere = (wrong: (value: number) => boolean, why: string): Check => {
  return (value, field) => (typeof value === "number" && wrong(value) ? [invalidValue(field, String(value), why)] : []);
};

export const servicePort: Check = (value, field) =>
  typeof value === "number" && (value < 1 || value > 65_535)
    ? [invalidValue(field, String(value), "port is not valid: must be between 1 and 65535, inclusive")]
    : [];
