import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, textAt } from "../../model/read-field.ts";
import { schemaRuleErrors } from "../custom/rules.ts";
import { type FieldError, invalidValue, required } from "../failures.ts";

/** What a CustomResourceDefinition must say. */
export function validateDefinition(definition: KubeObject): FieldError[] {
  const group = textAt(definition, "spec", "group");
  const { name, annotations = {} } = definition.metadata;
  const errors: FieldError[] = [];
  const approval = "api-approved.kubernetes.io";
  if (name !== `${textAt(definition, "spec", "names", "plural")}.${group}`)
    errors.push(invalidValue("metadata.name", JSON.stringify(name), 'must be spec.names.plural+"."+spec.group'));
  if (/(^|\.)(k8s|kubernetes)\.io$/.test(group) && annotations[approval] === undefined) {
    const why = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`;
    errors.push(required(`metadata.annotations[${approval}]`, why));
  }
  const versions = listAt(definition, "spec", "versions");
  versions.forEach((version, index) => {
    // One schema for all is named as the older form of the API named it.
    const root = versions.length === 1 ? "spec.validation" : `spec.versions[${index}].schema`;
    errors.push(...schemaRuleErrors(at(version, "schema", "openAPIV3Schema"), `${root}.openAPIV3Schema`));
    if (at(version, "schema", "openAPIV3Schema") === undefined)
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
  });
  return errors;
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
