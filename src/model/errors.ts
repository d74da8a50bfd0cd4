import type { ObjectId } from "./ids.ts";

/** A place in a file of the user's; line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

export function describePosition(position: SourcePosition): string {
  return `${position.file}:${position.line}${position.column === undefined ? "" : `:${position.column}`}`;
}

/** One thing that is wrong with the user's input or the world. The unit of every error report. */
export interface Problem {
  /** Stable, kebab-case: scripts match on it, docs/errors.md lists it. */
  readonly code: string;
  /** One sentence without the place: `field "replica" is not known in spec`. */
  readonly message: string;
  readonly position?: SourcePosition;
  /** Terraform address or construct path: `kubernetes_stateful_set_v1.kafka`. */
  readonly address?: string;
  readonly id?: ObjectId;
  /** Steps to the field, into the object or into the resource's block: `["spec", "replicas"]`; absent for the whole. */
  readonly field?: readonly (string | number)[];
  /** One line on what to do. */
  readonly remedy?: string;
  readonly severity: "error" | "warning";
}

/**
 * An error that is the user's or the world's to mend, not a bug of ours: reported as one paragraph without a stack.
 * Holds at least one problem. Only `cli/exit.ts` prints it.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map((p) => p.message).join("; "), options);
    this.problems = list;
  }
}

export function userError(
  code: string,
  message: string,
  details: Omit<Problem, "code" | "message" | "severity"> & { cause?: unknown } = {},
): UserError {
  const { cause, ...rest } = details;
  return new UserError({ code, message, severity: "error", ...rest }, cause === undefined ? undefined : { cause });
}

/** `details.causes[]` of a Status (API reference, StatusCause). */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The API server answered with a failure. `status` is the HTTP code; `reason` is "" where the server gave none. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  /** What the failure is about (`details` of the Status): `namespaces "web" not found` names the namespace. "" where unknown. */
  readonly about: { readonly group: string; readonly kind: string; readonly name: string };
  /** Seconds from Retry-After or `details.retryAfterSeconds`. */
  readonly retryAfter: number | null;
  /** `PATCH /apis/apps/v1/namespaces/web/deployments/shop`, without credentials. */
  readonly request: string;

  constructor(fields: {
    status: number;
    reason: string;
    message: string;
    causes?: readonly StatusCause[];
    about?: { readonly group: string; readonly kind: string; readonly name: string };
    retryAfter?: number | null;
    request: string;
  }) {
    super(fields.message);
    this.status = fields.status;
    this.reason = fields.reason;
    this.causes = fields.causes ?? [];
    this.about = fields.about ?? { group: "", kind: "", name: "" };
    this.retryAfter = fields.retryAfter ?? null;
    this.request = fields.request;
  }
}

/** No answer at all: refused, reset, timed out, TLS failed. `code` is Node's (ECONNREFUSED, CERT_HAS_EXPIRED ...). */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  readonly code: string;
  readonly server: string;

  constructor(server: string, code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.server = server;
    this.code = code;
  }
}
