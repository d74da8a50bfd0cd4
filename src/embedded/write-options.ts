import type { WebhookAnswers } from "./admission/webhook-answers.ts";
import type { Call } from "./call.ts";
import { type FieldError, forbiddenField, invalid, required, unsupported } from "./failures.ts";
import type { User } from "./user.ts";

export interface WriteOptions {
  readonly dryRun: boolean;
  /** Name in managedFields: asked for, or the head of the user agent. */
  readonly manager: string;
  readonly force: boolean;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  /** RFC 3339, for managedFields. */
  readonly time: string;
  /** Takes what the client is to be warned of while the write goes on. */
  readonly warnings: string[];
  /** Who writes; null for the server itself, whom no policy is asked about. */
  readonly user: User | null;
  readonly answers: WebhookAnswers;
}

type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions";

/** Query parameters of a write (API reference). Throws Refusal 422. */
export function writeOptions(call: Call, kind: OptionsKind, time: string, isApply = false): WriteOptions {
  const { query } = call;
  const errors: FieldError[] = [];
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  if (dryRun.some((value) => value !== "All")) {
    errors.push(unsupported("dryRun", JSON.stringify(dryRun), ["All"]));
  }
  const manager = query.get("fieldManager") ?? "";
  if (Buffer.byteLength(manager) > 128) {
    const message = "Too long: may not be more than 128 bytes";
    errors.push({ reason: "FieldValueTooLong", field: "fieldManager", message });
  }
  if (isApply && manager === "") errors.push(required("fieldManager", "is required for apply patch"));
  const validation = query.get("fieldValidation") ?? "";
  const levels = ["", "Ignore", "Strict", "Warn"];
  if (!levels.includes(validation)) errors.push(unsupported("fieldValidation", JSON.stringify(validation), levels));
  const force = query.get("force");
  if (kind === "PatchOptions" && !isApply && force !== null && force !== "")
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
  return {
    dryRun: dryRun.length > 0,
    manager: manager === "" ? defaultManager(call.headers["user-agent"]) : manager,
    force: force === "true" || force === "1",
    fieldValidation: validation === "" ? "Warn" : (validation as WriteOptions["fieldValidation"]),
    time,
    warnings: [],
    user: call.user,
    answers: call.answers,
  };
}

function defaultManager(userAgent: string | undefined): string {
  const head = (userAgent ?? "").split("/")[0]!.slice(0, 128);
  return head === "" ? "unknown" : head;
}
