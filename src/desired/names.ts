import type { ObjectId } from "../model/ids.ts";
import { dnsLabelError, nameError } from "../schema/formats.ts";

interface NameFault {
  readonly field: "name" | "namespace";
  readonly message: string;
  readonly remedy: string;
}

/**
 * What is wrong with an object's name or namespace, in words; null when the API takes it (API concepts, "Object Names
 * and IDs").
 */
export function nameFault({ group, kind, name, namespace }: ObjectId): NameFault | null {
  const wrongNamespace = namespace === "" ? null : dnsLabelError(namespace);
  if (wrongNamespace !== null) return faultOf("namespace", namespace, wrongNamespace);
  const wrongName = nameError(group, kind, name);
  return wrongName === null ? null : faultOf("name", name, wrongName);
}

function faultOf(field: NameFault["field"], value: string, rule: string): NameFault {
  const longest = Number(/at most (\d+)/.exec(rule)?.[1] ?? Number.POSITIVE_INFINITY);
  if (value.length > longest) {
    const message = `${field} "${value}" has ${value.length} characters, the API takes ${longest}`;
    return { field, message, remedy: "shorten it" };
  }
  // The message names the value already.
  const demanded = rule.slice(0, -`: ${JSON.stringify(value)}`.length);
  return { field, message: `${field} "${value}" is not a name that the API takes`, remedy: `it ${demanded}` };
}
