import { updateManagers } from "../fields/update.ts";
import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import { at, listAt, textAt } from "../model/read-field.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { bodyObject } from "./body.ts";
import type { Call } from "./call.ts";
import { isStored } from "./catalog.ts";
import { typesOf } from "./custom/types.ts";
import { userOfToken } from "./identity.ts";
import { timestamp } from "./memory-store.ts";
import { type Attributes, allowedBecause, isAdministrator, rulesOf } from "./rbac.ts";
import { methodNotAllowed } from "./refusals.ts";
import type { User } from "./user.ts";
import { writeOptions } from "./write-options.ts";

/** Answers kinds that are asked, not stored (`kubectl auth can-i`, `auth whoami`); null for every other kind. */
export function reviewAnswer(call: Call): Answer | null {
  if (isStored(call.type)) return null;
  if (call.method !== "POST" || call.name !== "") throw methodNotAllowed();
  const sent = bodyObject(call);
  const spec = isJsonObject(sent["spec"]) ? { spec: sent["spec"] } : {};
  const { kind, apiVersion } = sent;
  const now = timestamp(call.cluster.now());
  const own = kind === "SelfSubjectReview" || kind === "SelfSubjectRulesReview";
  const asked = { kind, apiVersion, metadata: { name: "" }, ...spec } as KubeObject;
  // Reviews of access are decoded as objects that somebody writes; nothing comes of it.
  const managedFields = own ? [] : reviewManagers(call, asked, now);
  const metadata = {
    creationTimestamp: kind === "SelfSubjectReview" ? now : null,
    ...(managedFields.length === 0 ? {} : { managedFields }),
  };
  const shown = kind === "SelfSubjectRulesReview" ? { spec: {} } : spec;
  return jsonAnswer(201, JSON.stringify({ kind, apiVersion, metadata, ...shown, status: status(call, sent) }));
}

function reviewManagers(call: Call, after: KubeObject, now: string): ManagedFieldsEntry[] {
  const { manager } = writeOptions(call, "CreateOptions", now);
  const types = typesOf(call.cluster.catalog);
  return updateManagers({ before: null, after, manager, apiVersion: after.apiVersion, subresource: "", now, types });
}

function status(call: Call, review: KubeObject): JsonObject {
  const { type, user, cluster } = call;
  switch (type.kind) {
    case "SelfSubjectReview":
      return { userInfo: userInfo(user) };
    case "SelfSubjectRulesReview":
      return rulesReview(call, textAt(review, "spec", "namespace"));
    case "TokenReview": {
      const known = userOfToken(cluster, textAt(review, "spec", "token"));
      return known === null
        ? { user: {}, error: "invalid bearer token" }
        : { authenticated: true, user: userInfo(known), audiences: [...listAt(review, "spec", "audiences")] };
    }
    default: {
      const asked = type.kind === "SelfSubjectAccessReview" ? user : subjectOf(review);
      const because = allowedBecause(cluster, asked, attributesOf(review));
      if (because === null) return { allowed: false };
      return because === "" ? { allowed: true } : { allowed: true, reason: because };
    }
  }
}

const userInfo = ({ name, groups }: User): JsonObject => ({ username: name, groups: [...groups] });

function subjectOf(review: KubeObject): User {
  return { name: textAt(review, "spec", "user"), groups: listAt(review, "spec", "groups").map(String) };
}

function attributesOf(review: KubeObject): Attributes {
  const path = at(review, "spec", "nonResourceAttributes");
  if (path !== undefined && path !== null) {
    return { type: "path", verb: textAt(path, "verb"), path: textAt(path, "path") };
  }
  const asked = at(review, "spec", "resourceAttributes");
  return {
    type: "resource",
    verb: textAt(asked, "verb"),
    group: textAt(asked, "group"),
    resource: textAt(asked, "resource"),
    subresource: textAt(asked, "subresource"),
    namespace: textAt(asked, "namespace"),
    name: textAt(asked, "name"),
  };
}

function rulesReview({ cluster, user }: Call, namespace: string): JsonObject {
  const everything: JsonObject[] = [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ];
  const rules = isAdministrator(user) ? everything : rulesOf(cluster, user, namespace).filter(isJsonObject);
  const forPaths = (rule: JsonObject) => rule["nonResourceURLs"] !== undefined;
  return {
    resourceRules: rules.filter((rule) => !forPaths(rule)),
    nonResourceRules: rules.filter(forPaths),
    incomplete: false,
  };
}
