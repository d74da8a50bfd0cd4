import { KubeError, type StatusCause } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { ResourceType } from "../model/objects.ts";

/** What the API server calls `details` of a Status, as far as KubeError does not hold it. */
export interface FailureDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
}

/** A refusal as the API server words it; `details` null means that the Status has none. */
export class Refusal extends KubeError {
  readonly details: FailureDetails | null;
  /** What the client is warned of although it is refused. */
  warnings: readonly string[] = [];

  constructor(
    status: number,
    reason: string,
    message: string,
    details: FailureDetails | null = null,
    causes: readonly StatusCause[] = [],
  ) {
    super({ status, reason, message, causes, retryAfter: details?.retryAfterSeconds ?? null, request: "" });
    this.details = details;
  }

  /** The answer's body (API reference, Status), with the fields in the order of a real server. */
  body(): JsonObject {
    const details = { ...this.details, ...(this.causes.length > 0 ? { causes: this.causes } : {}) };
    const { retryAfterSeconds, ...rest } = details;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === null && this.causes.length === 0
        ? {}
        : { details: { ...rest, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } as JsonObject }),
      code: this.status,
    };
  }
}

/** What a refused client is to be warned of all the same. */
export function warned<T>(warnings: readonly string[], write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof Refusal) error.warnings = warnings;
    throw error;
  }
}

type Named = Pick<ResourceType, "group" | "resource">;

/** `deployments.apps`, and plain `pods` for the core group: how the API server names a type in messages. */
function qualifiedResource(type: Named): string {
  return type.group === "" ? type.resource : `${type.resource}.${type.group}`;
}

function detailsOf(type: Named, name: string): FailureDetails {
  return { ...(name === "" ? {} : { name }), ...(type.group === "" ? {} : { group: type.group }), kind: type.resource };
}

export function notFound(type: Named, name: string): Refusal {
  return new Refusal(404, "NotFound", `${qualifiedResource(type)} "${name}" not found`, detailsOf(type, name));
}

export function alreadyExists(type: Named, name: string, terminating = false): Refusal {
  const text = `${qualifiedResource(type)} "${name}" already exists`;
  const message = terminating ? `object is being deleted: ${text}` : text;
  return new Refusal(409, "AlreadyExists", message, detailsOf(type, name));
}

export function conflict(type: Named, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(type)} "${name}": ${why}`;
  return new Refusal(409, "Conflict", message, detailsOf(type, name));
}

export function modified(type: Named, name: string): Refusal {
  const why = "the object has been modified; please apply your changes to the latest version and try again";
  return conflict(type, name, why);
}

/** One thing wrong with an object: `field` as `spec.ports[0].name`. */
export interface FieldError {
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueTypeInvalid"
    | "FieldValueForbidden"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueNotFound";
  readonly field: string;
  /** `Required value`, `Invalid value: "x": must be ...`: as apimachinery's field errors print. */
  readonly message: string;
}

/** 422 with all that is wrong; one error stands alone in the message, several as a list. */
export function invalid(type: { group: string; kind: string }, name: string, errors: readonly FieldError[]): Refusal {
  const qualified = type.group === "" ? type.kind : `${type.kind}.${type.group}`;
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new Refusal(
    422,
    "Invalid",
    `${qualified} "${name}" is invalid: ${list}`,
    {
      ...(name === "" ? {} : { name }),
      ...(type.group === "" ? {} : { group: type.group }),
      ...(type.kind === "" ? {} : { kind: type.kind }),
    },
    errors,
  );
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, "BadRequest", message);
}

export function forbidden(type: Named, name: string, why: string, causes: readonly StatusCause[] = []): Refusal {
  const message = `${qualifiedResource(type)} "${name}" is forbidden: ${why}`;
  return new Refusal(403, "Forbidden", message, detailsOf(type, name), causes);
}

export function required(field: string, why = ""): FieldError {
  return { reason: "FieldValueRequired", field, message: why === "" ? "Required value" : `Required value: ${why}` };
}

export function invalidValue(field: string, value: string, why: string): FieldError {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${value}: ${why}` };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${why}` };
}

export function unsupported(field: string, value: string, supported: readonly string[]): FieldError {
  const list = supported.map((text) => `"${text}"`).join(", ");
  const message = `Unsupported value: ${value}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", field, message };
}
