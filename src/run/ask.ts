import { provesUnchanged } from "../fields/proof.ts";
import type { FieldPath } from "../model/desired.ts";
import { KubeError } from "../model/errors.ts";
import type { KubeObject, ResourceType } from "../model/objects.ts";
import type { ObservedAnswer, Refusal } from "../model/observed.ts";
import type { TemplateObject } from "../plan/body.ts";
import { askableBody, hasUnknowns } from "../plan/body.ts";
import type { Kube } from "../ports.ts";
import { Scrubber } from "./scrub.ts";

/** The server's answer to one body, and whether the object is there. */
export interface Asked {
  readonly answer: ObservedAnswer;
  readonly exists: boolean;
}

/**
 * What applying a body would do: proved from the live object's managedFields where that suffices, else the word of a dry
 * run, and of a forced one where another manager stands in the way. Throws where nothing can be asked (401, no rights).
 */
export async function ask(
  kube: Kube,
  fieldManager: string,
  type: ResourceType,
  body: TemplateObject,
  live: KubeObject | null,
  sensitive: readonly FieldPath[],
): Promise<Asked> {
  const withUnknowns = hasUnknowns(body);
  if (live !== null && !withUnknowns && provesUnchanged({ live, desired: body, manager: fieldManager })) {
    return { answer: { type: "proved-unchanged" }, exists: true };
  }
  if (live === null && withUnknowns) {
    const found = await kube.get({ ...type, ...placeOf(body as unknown as KubeObject) });
    if (found === null)
      return { answer: { type: "predicted", prediction: { because: "unknown-values" } }, exists: false };
    return { ...(await dryRun(kube, fieldManager, askableBody(body, found), sensitive)), exists: true };
  }
  return dryRun(kube, fieldManager, askableBody(body, live), sensitive);
}

async function dryRun(
  kube: Kube,
  fieldManager: string,
  object: KubeObject,
  sensitive: readonly FieldPath[],
): Promise<Asked> {
  const options = { fieldManager, dryRun: true };
  try {
    const { object: result, created, warnings } = await kube.apply(object, { ...options, force: false });
    return { answer: { type: "dry-run", result, warnings }, exists: !created };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const refusal = refusalOf(error, object, sensitive);
    if (error.status !== 409) {
      if (error.status === 401 || (error.status === 403 && error.reason === "Forbidden" && isAccessDenied(error)))
        throw error;
      return { answer: { type: "refused", refusal }, exists: error.status === 422 };
    }
    return { answer: await forced(kube, object, options, refusal, sensitive), exists: true };
  }
}

/** 403 because of missing permission, in contrast to a quota or admission refusal of this one object. */
function isAccessDenied(error: KubeError): boolean {
  return /User ".*" cannot (patch|create)/.test(error.message);
}

async function forced(
  kube: Kube,
  object: KubeObject,
  options: { fieldManager: string; dryRun: boolean },
  refusal: Refusal,
  sensitive: readonly FieldPath[],
): Promise<ObservedAnswer> {
  try {
    const { object: result } = await kube.apply(object, { ...options, force: true });
    return { type: "conflict", refusal, forced: result };
  } catch (error) {
    if (error instanceof KubeError) return { type: "refused", refusal: refusalOf(error, object, sensitive) };
    throw error;
  }
}

/** The server quotes the values that it refuses: secret ones are taken out before anybody sees the text. */
function refusalOf(error: KubeError, asked: KubeObject, sensitive: readonly FieldPath[]): Refusal {
  const scrubber = new Scrubber();
  scrubber.addSecret(asked);
  scrubber.addPaths(asked, sensitive);
  const causes = error.causes.map((cause) =>
    cause.message === undefined ? cause : { ...cause, message: scrubber.scrub(cause.message) },
  );
  return { status: error.status, reason: error.reason, message: scrubber.scrub(error.message), causes };
}

function placeOf({ metadata }: KubeObject): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? "", name: metadata.name };
}
