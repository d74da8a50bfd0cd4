import type { Json } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, textAt } from "../../model/read-field.ts";
import { schemaRuleErrors } from "../custom/rules.ts";
import { type FieldError, invalidValue, required, unsupported } from "../failures.ts";
import { goJson } from "./go-text.ts";
import { checkDns1035, checkSubdomain } from "./text-rules.ts";

/** What a CustomResourceDefinition must say. */
export function validateDefinition(definition: KubeObject): FieldError[] {
  const group = textAt(definition, "spec", "group");
  const { name, annotations = {} } = definition.metadata;
  const errors: FieldError[] = [];
  const approval = "api-approved.kubernetes.io";
  if (name !== "" && name !== `${textAt(definition, "spec", "names", "plural")}.${group}`)
    errors.push(invalidValue("metadata.name", JSON.stringify(name), 'must be spec.names.plural+"."+spec.group'));
  if (/(^|\.)(k8s|kubernetes)\.io$/.test(group) && annotations[approval] === undefined) {
    const why = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`;
    errors.push(required(`metadata.annotations[${approval}]`, why));
  }
  const versions = listAt(definition, "spec", "versions");
  errors.push(...head(definition), ...versionErrors(definition, versions));
  versions.forEach((version, index) => {
    // One schema for all is named as the older form of the API named it.
    const root = versions.length === 1 ? "spec.validation" : `spec.versions[${index}].schema`;
    errors.push(...schemaRuleErrors(at(version, "schema", "openAPIV3Schema"), `${root}.openAPIV3Schema`));
    if (at(version, "schema", "openAPIV3Schema") === undefined)
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
  });
  return errors;
}

function head(definition: KubeObject): FieldError[] {
  const group = textAt(definition, "spec", "group");
  const scope = textAt(definition, "spec", "scope");
  const named = (field: string, check: (field: string, value: string) => FieldError[]): FieldError[] => {
    const value = textAt(definition, "spec", "names", field);
    return value === "" ? [required(`spec.names.${field}`)] : check(`spec.names.${field}`, value);
  };
  const mixedCase = (field: string, value: string) =>
    checkDns1035(field, value.toLowerCase()).map(({ message }) => {
      const why = message.replace(/^Invalid value: "(\\.|[^"])*": /, "");
      return invalidValue(field, JSON.stringify(value), `may have mixed case, but should otherwise match: ${why}`);
    });
  return [
    ...(group === "" ? [required("spec.group")] : checkSubdomain("spec.group", group)),
    ...(scope === ""
      ? [required("spec.scope")]
      : ["Cluster", "Namespaced"].includes(scope)
        ? []
        : [unsupported("spec.scope", JSON.stringify(scope), ["Cluster", "Namespaced"])]),
    ...named("plural", checkDns1035),
    ...named("singular", checkDns1035),
    ...named("kind", mixedCase),
    ...named("listKind", mixedCase),
  ];
}

function versionErrors(definition: KubeObject, versions: readonly Json[]): FieldError[] {
  const names = versions.map((version) => textAt(version, "name"));
  const stored = versions.filter((version) => at(version, "storage") === true);
  const shown = versions.length === 0 ? "null" : goJson(versions.map(internalVersion));
  const kept = listAt(definition, "status", "storedVersions");
  const twice = new Set(names).size < names.length;
  return [
    ...names.flatMap((name, index) => checkDns1035(`spec.versions[${index}].name`, name)),
    // The first version is told once more under its former name.
    ...(names.length > 0 && names[0] !== "" ? checkDns1035("spec.version", names[0]!) : []),
    ...(twice ? [invalidValue("spec.versions", shown, "must contain unique version names")] : []),
    ...(stored.length === 1
      ? []
      : [invalidValue("spec.versions", shown, "must have exactly one version marked as storage version")]),
    ...(kept.length === 0
      ? [invalidValue("status.storedVersions", "null", "must have at least one stored version")]
      : stored
          .filter((version) => stored.length === 1 && !kept.includes(textAt(version, "name")))
          .map((version) => {
            const why = `must have the storage version ${textAt(version, "name")}`;
            return invalidValue("status.storedVersions", goJson([...kept]), why);
          })),
    ...versions.flatMap((version, index) =>
      rootType(version, versions.length === 1 ? "spec.validation" : `spec.versions[${index}].schema`),
    ),
  ];
}

/** The server shows its internal type. */
function internalVersion(version: Json): Json {
  return {
    Name: textAt(version, "name"),
    Served: at(version, "served") === true,
    Storage: at(version, "storage") === true,
    Deprecated: at(version, "deprecated") === true,
    DeprecationWarning: at(version, "deprecationWarning") ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}

function rootType(version: Json, path: string): FieldError[] {
  const schema = at(version, "schema", "openAPIV3Schema");
  if (schema === undefined) return [];
  const type = textAt(schema, "type");
  const field = `${path}.openAPIV3Schema.type`;
  const types = ["array", "boolean", "integer", "number", "object", "string"];
  if (type === "") return [required(field, "must not be empty at the root")];
  return [
    ...(types.includes(type) ? [] : [unsupported(field, JSON.stringify(type), types)]),
    ...(type === "object" ? [] : [invalidValue(field, JSON.stringify(type), "must be object at the root")]),
  ];
}

export function changedDefinition(definition: KubeObject, live: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const established = listAt(live, "status", "conditions").some(
    (condition) => textAt(condition, "type") === "Established" && textAt(condition, "status") === "True",
  );
  const scope = textAt(definition, "spec", "scope");
  if (established && scope !== textAt(live, "spec", "scope"))
    errors.push(invalidValue("spec.scope", JSON.stringify(scope), "field is immutable"));
  const names = listAt(definition, "spec", "versions").map((version) => textAt(version, "name"));
  listAt(live, "status", "storedVersions").forEach((stored, index) => {
    if (!names.includes(String(stored)))
      errors.push(
        invalidValue(
          `status.storedVersions[${index}]`,
          JSON.stringify(stored),
          `missing from spec.versions; ${stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${stored} and removes ${stored} from status.storedVersions`,
        ),
      );
  });
  return errors;
}
