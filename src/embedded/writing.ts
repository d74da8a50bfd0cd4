import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { updateManagers } from "../fields/update.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { TypeResolver } from "../schema/types.ts";
import { zeroOf } from "../schema/zero.ts";
import { admitChange, admitNew, securityWarnings } from "./admission/admit.ts";
import { type Admission, askPolicies } from "./admission/policies.ts";
import { askWebhooks } from "./admission/webhooks.ts";
import type { Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { shapeCustom } from "./custom/shape.ts";
import { typesOf } from "./custom/types.ts";
import { withDefaults } from "./defaulting.ts";
import { alreadyExists, invalid, modified, Refusal } from "./failures.ts";
import { randomSuffix } from "./names.ts";
import { checkNamespace } from "./namespace-rules.ts";
import { allocateChanged, prepareChanged, prepareNew } from "./prepare.ts";
import { settleService } from "./service-allocation.ts";
import { validateChange, validateNew } from "./validation/validate.ts";
import { asVersion } from "./versions.ts";
import { warningsOf } from "./warnings/warnings.ts";
import type { WriteOptions } from "./write-options.ts";

/** How managedFields come to be: a plain write is compared with what was; an apply brings its own. */
export type Ownership = "update" | "applied";

/** Stores a new object, or under a dry run only says what it would be. Throws Refusal. */
export function createObject(
  cluster: Cluster,
  type: ServedType,
  draft: KubeObject,
  options: WriteOptions,
  ownership: Ownership,
): KubeObject {
  const { namespace = "" } = draft.metadata;
  const named = withRequester(withIdentity(draft, options.time), options.user);
  checkNamespace(cluster, type, namespace, named.metadata.name);
  const types = typesOf(cluster.catalog);
  const asked = { operation: "CREATE", type, subresource: "", old: null } as const;
  const shaped = shapeCustom(named, type, ownership === "applied" ? "keep" : "drop");
  const defaulted = mutated(cluster, asked, withDefaults(shaped, type, types), options);
  const owned =
    ownership === "applied" ? defaulted : withOwners(null, defaulted, { type, options, types, subresource: "" });
  const prepared = prepareNew(cluster, type, owned, options.dryRun, named);
  const errors = validateNew(prepared, type);
  if (errors.length > 0) throw invalid(type, prepared.metadata.name, errors);
  if (options.user !== null) options.warnings.push(...warningsOf(prepared, type, null));
  validated(cluster, asked, prepared, options);
  options.warnings.push(...admitNew(cluster, type, prepared));
  const found = cluster.store.get(type, namespace, prepared.metadata.name);
  if (found !== null) throw alreadyExists(type, prepared.metadata.name, found.metadata.deletionTimestamp !== undefined);
  return options.dryRun ? prepared : cluster.store.create(type, prepared);
}

type Asked = Pick<Admission, "operation" | "type" | "subresource" | "old">;

/** With the changes of mutating webhooks, and the defaults of what they added. */
function mutated(cluster: Cluster, asked: Asked, object: KubeObject, options: WriteOptions): KubeObject {
  const { user, dryRun, answers } = options;
  if (user === null) return object;
  const next = askWebhooks(cluster, "mutating", { ...asked, object, user, dryRun, answers }, options.warnings);
  if (next === null || next === object) return object;
  return withDefaults(shapeCustom(next, asked.type), asked.type, typesOf(cluster.catalog));
}

/** Asks policies and validating webhooks. Throws Refusal. */
function validated(cluster: Cluster, asked: Asked, object: KubeObject, options: WriteOptions): void {
  const { user, dryRun, answers } = options;
  if (user === null) return;
  const admission = { ...asked, object, user, dryRun, answers };
  options.warnings.push(...askPolicies(cluster, admission));
  askWebhooks(cluster, "validating", admission, options.warnings);
}

/** Who asks for a certificate is the server's word, not the client's. */
function withRequester(object: KubeObject, user: WriteOptions["user"]): KubeObject {
  if (object.kind !== "CertificateSigningRequest" || user === null) return object;
  const spec = object["spec"] as object | undefined;
  return { ...object, spec: { ...spec, username: user.name, groups: [...user.groups] } };
}

/** What the server decides about a new object: its name's end, uid and time; the client's words on that are ignored. */
function withIdentity(draft: KubeObject, time: string): KubeObject {
  const { resourceVersion, deletionTimestamp: _, deletionGracePeriodSeconds: __, ...metadata } = draft.metadata;
  if (resourceVersion !== undefined && resourceVersion !== "")
    throw new Refusal(500, "", "resourceVersion should not be set on objects to be created");
  const name =
    metadata.name !== undefined && metadata.name !== ""
      ? metadata.name
      : metadata.generateName === undefined || metadata.generateName === ""
        ? draft.kind === "LimitRange"
          ? randomUUID()
          : ""
        : `${metadata.generateName.slice(0, 58)}${randomSuffix()}`;
  return { ...draft, metadata: { ...metadata, name, uid: randomUUID(), creationTimestamp: time } };
}

/**
 * Stores a changed object. An object that stays as it is keeps its resourceVersion; one that was being deleted and lost
 * its last finalizer goes. Throws Refusal 409 for a stale resourceVersion.
 */
export function changeObject(
  cluster: Cluster,
  type: ServedType,
  found: KubeObject,
  draft: KubeObject,
  options: WriteOptions,
  ownership: Ownership,
  subresource = "",
): KubeObject {
  // The name of the version by which it was written last is no change.
  const live = asVersion(found, type);
  const { resourceVersion = "" } = draft.metadata;
  if (resourceVersion !== "" && resourceVersion !== live.metadata.resourceVersion)
    throw modified(type, live.metadata.name);
  const types = typesOf(cluster.catalog);
  const whole = subresource === "status" ? withStatus(draft, types) : draft;
  const shaped = shapeCustom(whole, type, ownership === "applied" ? "keep" : "drop");
  const asked = { operation: "UPDATE", type, subresource, old: live } as const;
  const defaulted = mutated(cluster, asked, withDefaults(shaped, type, types), options);
  const kept = { ...defaulted, metadata: { ...defaulted.metadata, resourceVersion: live.metadata.resourceVersion } };
  const prepared = prepareChanged(type, kept, live, subresource);
  const isService = type.group === "" && type.kind === "Service" && subresource === "";
  const settled = isService ? settleService(prepared, live) : prepared;
  const errors = validateChange(settled, live, type, draft);
  if (errors.length > 0) throw invalid(type, live.metadata.name, errors);
  if (subresource === "") admitChange(cluster, type, settled, live);
  if (options.user !== null && subresource === "") options.warnings.push(...warningsOf(settled, type, live));
  validated(cluster, asked, settled, options);
  const { metadata } =
    ownership === "applied" ? settled : withOwners(live, prepared, { type, options, types, subresource });
  const owned = { ...settled, metadata };
  const next = subresource === "" ? allocateChanged(cluster, type, owned, options.dryRun) : owned;
  if (subresource === "") options.warnings.push(...securityWarnings(cluster, type, next));
  if (sameBesidesTimes(next, live)) return live;
  const gone = live.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
  if (options.dryRun) return next;
  if (!gone || graceful(type, live)) return cluster.store.update(type, next);
  cluster.store.remove(type, next.metadata.namespace ?? "", next.metadata.name);
  return next;
}

/** A Go struct is written even where nothing is left in it. */
function withStatus(object: KubeObject, types: TypeResolver): KubeObject {
  if ((object["status"] ?? null) !== null) return object;
  const root = types.rootType(object.apiVersion, object.kind);
  const zero = root === null ? null : zeroOf(root, types);
  return isJsonObject(zero) && zero["status"] !== undefined ? { ...object, status: zero["status"] } : object;
}

/** A pod in its grace period is the kubelet's to remove, finalizers or not; a namespace the namespace controller's. */
function graceful(type: ServedType, live: KubeObject): boolean {
  return type.group === "" && (type.kind === "Namespace" || (live.metadata.deletionGracePeriodSeconds ?? 0) > 0);
}

interface Writer {
  readonly type: ServedType;
  readonly options: WriteOptions;
  readonly types: TypeResolver;
  readonly subresource: string;
}

function withOwners(before: KubeObject | null, after: KubeObject, writer: Writer): KubeObject {
  const managedFields = updateManagers({
    before,
    after,
    manager: writer.options.manager,
    apiVersion: after.apiVersion,
    subresource: writer.subresource,
    now: writer.options.time,
    types: writer.types,
  });
  const { managedFields: _, ...metadata } = after.metadata;
  return { ...after, metadata: { ...metadata, ...(managedFields.length === 0 ? {} : { managedFields }) } };
}

function sameBesidesTimes(a: KubeObject, b: KubeObject): boolean {
  const timeless = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: (object.metadata.managedFields ?? []).map(({ time: _, ...entry }) => entry),
    },
  });
  return isDeepStrictEqual(timeless(a), timeless(b));
}
