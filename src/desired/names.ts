import type { ObjectId } from "../model/ids.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const pathSegment = /^(?!\.{1,2}$)[^/%]+$/;

interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly words: string;
}

const rules = {
  label: { pattern: label, longest: 63, words: "lower-case letters, digits and '-' (RFC 1123 label)" },
  label1035: {
    pattern: label1035,
    longest: 63,
    words: "lower-case letters, digits and '-', with a letter first (RFC 1035 label)",
  },
  subdomain: {
    pattern: subdomain,
    longest: 253,
    words: "lower-case letters, digits, '-' and '.' (RFC 1123 subdomain)",
  },
  pathSegment: { pattern: pathSegment, longest: 253, words: "a name without '/' and '%'" },
} as const satisfies Record<string, NameRule>;

function ruleFor(id: ObjectId): NameRule {
  if (id.group === "rbac.authorization.k8s.io") return rules.pathSegment;
  if (id.group === "" && id.kind === "Namespace") return rules.label;
  if (id.group === "" && id.kind === "Service") return rules.label1035;
  return rules.subdomain;
}

/**
 * What is wrong with an object's name or namespace, in words; null when the API takes it (API concepts, "Object Names
 * and IDs").
 */
export function nameFault(id: ObjectId): NameFault | null {
  if (id.namespace !== "") {
    const fault = faultOf("namespace", id.namespace, rules.label);
    if (fault !== null) return fault;
  }
  return faultOf("name", id.name, ruleFor(id));
}

interface NameFault {
  readonly field: "name" | "namespace";
  readonly message: string;
  readonly remedy: string;
}

function faultOf(field: NameFault["field"], value: string, rule: NameRule): NameFault | null {
  if (value.length > rule.longest) {
    return {
      field,
      message: `${field} "${value}" has ${value.length} characters, the API takes ${rule.longest}`,
      remedy: "shorten it",
    };
  }
  if (rule.pattern.test(value)) return null;
  return { field, message: `${field} "${value}" is not a name that the API takes`, remedy: `use ${rule.words}` };
}
