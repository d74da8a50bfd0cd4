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

type Named = Pick<ResourceType, "group" | "resource">;

/** `deployments.apps`, and plain `pods` for the core group: how the API server names a type in messages. */
export function qualifiedResource(type: Named): string {
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
