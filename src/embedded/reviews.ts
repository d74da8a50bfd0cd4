import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { bodyObject } from "./body.ts";
import type { Call } from "./call.ts";
import { isStored } from "./catalog.ts";
import { isAdministrator } from "./identity.ts";
import { timestamp } from "./memory-store.ts";
import { methodNotAllowed } from "./refusals.ts";

/** Answers kinds that are asked, not stored (`kubectl auth can-i`, `auth whoami`); null for every other kind. */
export function reviewAnswer(call: Call): Answer | null {
  if (isStored(call.type)) return null;
  if (call.method !== "POST" || call.name !== "") throw methodNotAllowed();
  const sent = bodyObject(call);
  const spec = isJsonObject(sent["spec"]) ? { spec: sent["spec"] } : {};
  const metadata = { creationTimestamp: call.type.kind === "SelfSubjectReview" ? timestamp(call.cluster.now()) : null };
  const { kind, apiVersion } = sent;
  return jsonAnswer(201, JSON.stringify({ kind, apiVersion, metadata, ...spec, status: status(call) }));
}

function status({ type, user }: Call): JsonObject {
  const allowed = isAdministrator(user);
  switch (type.kind) {
    case "SelfSubjectReview":
      return { userInfo: { username: user.name, groups: [...user.groups] } };
    case "SelfSubjectRulesReview": {
      const everything = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
      const paths = [{ verbs: ["*"], nonResourceURLs: ["*"] }];
      return { resourceRules: allowed ? everything : [], nonResourceRules: allowed ? paths : [], incomplete: false };
    }
    case "TokenReview":
      return { user: {}, error: "tokens are not issued by this cluster" };
    default:
      return allowed ? { allowed } : { allowed, reason: "only administrators have rights in this cluster" };
  }
}
