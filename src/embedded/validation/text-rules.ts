import { type FieldError, invalidValue } from "../failures.ts";

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const label1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const partText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const longerThan = (count: number) => `must be no more than ${count} characters`;
const quoted = (value: string) => JSON.stringify(value);

/** RFC 1123 subdomain: names of most kinds. */
export function checkSubdomain(field: string, value: string): FieldError[] {
  const errors = value.length > 253 ? [invalidValue(field, quoted(value), longerThan(253))] : [];
  return subdomain.test(value) ? errors : [...errors, invalidValue(field, quoted(value), subdomainText)];
}

export function checkDnsLabel(field: string, value: string): FieldError[] {
  const errors = value.length > 63 ? [invalidValue(field, quoted(value), longerThan(63))] : [];
  return label.test(value) ? errors : [...errors, invalidValue(field, quoted(value), labelText)];
}

export function checkDns1035(field: string, value: string): FieldError[] {
  const errors = value.length > 63 ? [invalidValue(field, quoted(value), longerThan(63))] : [];
  return label1035.test(value) ? errors : [...errors, invalidValue(field, quoted(value), label1035Text)];
}

/** RBAC and the like: anything that fits into a path. */
export function checkPathSegment(field: string, value: string): FieldError[] {
  if (value === "." || value === "..") return [invalidValue(field, quoted(value), `may not be '${value}'`)];
  return ["/", "%"]
    .filter((part) => value.includes(part))
    .map((part) => invalidValue(field, quoted(value), `may not contain '${part}'`));
}

/** `prefix/name` of labels and annotations. */
export function checkQualifiedName(field: string, value: string): FieldError[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    const why = `a qualified name ${partText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
    return [invalidValue(field, quoted(value), why)];
  }
  const name = parts.at(-1)!;
  const errors: FieldError[] = [];
  if (parts.length === 2) {
    if (parts[0] === "") errors.push(invalidValue(field, quoted(value), "prefix part must be non-empty"));
    else if (!subdomain.test(parts[0]!))
      errors.push(invalidValue(field, quoted(value), `prefix part ${subdomainText}`));
  }
  if (name === "") errors.push(invalidValue(field, quoted(value), "name part must be non-empty"));
  else if (name.length > 63) errors.push(invalidValue(field, quoted(value), `name part ${longerThan(63)}`));
  if (!namePart.test(name)) errors.push(invalidValue(field, quoted(value), `name part ${partText}`));
  return errors;
}

function checkLabelValue(field: string, value: string): FieldError[] {
  if (value.length > 63) return [invalidValue(field, quoted(value), longerThan(63))];
  return labelValue.test(value) ? [] : [invalidValue(field, quoted(value), valueText)];
}

export function checkLabels(field: string, labels: Readonly<Record<string, unknown>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...checkQualifiedName(field, key),
    ...checkLabelValue(field, String(value)),
  ]);
}
