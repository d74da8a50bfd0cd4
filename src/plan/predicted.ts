import type { Desired } from "../model/desired.ts";
import type { Prediction } from "../model/observed.ts";
import type { PlanItem } from "../model/plan.ts";
import { deduceUnknown } from "../schema/deduced.ts";
import { deprecationOf, isRemoved } from "../schema/deprecations.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import { validateObject } from "../schema/validate.ts";
import type { TemplateObject } from "./body.ts";
import { changesOfCreate } from "./changes.ts";
import { customFindings, type customTypesOf, schemaOf } from "./custom-types.ts";
import { predictedDefaults } from "./defaulted.ts";

/**
 * An object that the server cannot be asked about yet: checked against the schema of the API instead, so that what is
 * certainly refused is said before a cluster, a namespace or a type is made for it.
 */
export function predicted(
  base: PlanItem,
  desired: Desired,
  prediction: Prediction,
  custom: ReturnType<typeof customTypesOf>,
): PlanItem {
  const sent = (base.sent ?? desired.object) as TemplateObject;
  const part = desired.id.part !== undefined;
  const defaults = part ? [] : predictedDefaults(desired, sent, schemaOf(desired, custom));
  const item: PlanItem = {
    ...base,
    changes: changesOfCreate(desired, sent),
    ...(defaults.length > 0 ? { defaults } : {}),
    prediction,
  };
  const apiVersion = String(desired.object["apiVersion"]);
  const { kind } = desired.id;
  if (prediction.because === "type-missing" && (isRemoved(apiVersion, kind) || rootType(apiVersion, kind) !== null)) {
    const why = deprecationOf(apiVersion, kind) ?? `the cluster does not serve ${apiVersion} ${kind}`;
    return { ...item, action: "blocked", why, warnings: [] };
  }
  // A part is no whole object: what it lacks, its object has.
  if (part) return item;
  const findings = validateObject(desired.object, deduceUnknown(builtinTypes)).filter(
    ({ severity }) => severity === "error",
  );
  const ofCustom = rootType(apiVersion, kind) === null ? customFindings(desired, custom) : [];
  if (findings.length + ofCustom.length === 0) return item;
  // The schema's complaints quote what they refuse: where something is sensitive only the place is told.
  const told = desired.sensitive.length === 0 && kind !== "Secret";
  const words = findings.map(({ path, message }) =>
    told ? `${path} ${message}`.trim() : `${path} does not fit the schema`,
  );
  const customWords = ofCustom.map(({ path, message }) => {
    if (path === "") return message;
    return told ? `${path}: ${message}` : `${path} does not fit the schema`;
  });
  return { ...item, action: "blocked", why: [...words, ...customWords].join("; ") };
}
