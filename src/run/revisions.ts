import { KubeError, UserError } from "../model/errors.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Revision, RevisionContent } from "../model/revision.ts";
import { inventoryName } from "../plan/applyset.ts";
import type { Kube, ObjectRef } from "../ports.ts";
import { decodeHead, encodeHead, PART_KEY, packContent, unpackContent } from "./revision-format.ts";

/** A revision as it stands in the cluster; one that nobody can read keeps its place in the list. */
export type StoredRevision =
  | { readonly type: "read"; readonly revision: Revision; readonly secret: KubeObject }
  | { readonly type: "unreadable"; readonly stack: string; readonly number: number; readonly error: UserError };

const secrets = { group: "", version: "v1", kind: "Secret" };
const HEAD = "revision";
const PART = "revision-content";
const STACK_LABEL = "app.kubernetes.io/name";

/** `k8sctl.<project>.<stack>.revision-7`; neither name can hold a dot. */
function headName(project: string, stack: string, number: number): string {
  return `${inventoryName(project, stack)}.revision-${number}`;
}

/** The revisions of a project, oldest first, from one list of their heads. */
export async function readRevisions(kube: Kube, project: string, namespace: string): Promise<StoredRevision[]> {
  const { items } = await kube.list(secrets, { namespace, labelSelector: selector(project, HEAD) });
  return items.map((secret) => decode(secret, project)).sort((a, b) => numberOf(a) - numberOf(b));
}

export function numberOf(stored: StoredRevision): number {
  return stored.type === "read" ? stored.revision.number : stored.number;
}

export function stackOf(stored: StoredRevision): string {
  return stored.type === "read" ? stored.revision.stack : stored.stack;
}

function decode(secret: KubeObject, project: string): StoredRevision {
  const { name, namespace, labels } = secret.metadata;
  try {
    const data = (secret["data"] ?? {}) as Record<string, string>;
    return { type: "read", revision: decodeHead(data, `${namespace}/${name}`), secret };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [start = "", digits = "0"] = name.split(".revision-");
    const stack = labels?.[STACK_LABEL] ?? start.slice(`k8sctl.${project}.`.length);
    return { type: "unreadable", stack, number: Number(digits) || 0, error };
  }
}

/** Throws UserError `revision-unreadable`. */
export async function readContent(kube: Kube, namespace: string, revision: Revision): Promise<RevisionContent | null> {
  const { project, stack, number, content } = revision;
  if (content === null) return null;
  const name = headName(project, stack, number);
  const parts = await Promise.all(
    Array.from({ length: content.parts }, async (_, part) => {
      const secret = await kube.get(ref(namespace, `${name}.${part}`));
      return (secret?.["data"] as Record<string, string> | undefined)?.[PART_KEY] ?? null;
    }),
  );
  return unpackContent(content, parts, `${namespace}/${name}`);
}

/**
 * Writes a revision: its head before its parts, so that whatever a kill leaves is found by its head. Gives the head as
 * it stands, for `finishRevision`.
 */
export async function writeRevision(
  kube: Kube,
  namespace: string,
  revision: Omit<Revision, "content">,
  content: RevisionContent | null,
): Promise<{ readonly revision: Revision; readonly secret: KubeObject }> {
  const packed = content === null ? null : packContent(content);
  const whole: Revision = { ...revision, content: packed?.ref ?? null };
  const manager = `k8sctl:${revision.project}`;
  const secret = await kube.create(headSecret(namespace, whole), manager);
  await Promise.all(
    (packed?.parts ?? []).map((data, part) => kube.create(partSecret(namespace, whole, part, data), manager)),
  );
  return { revision: whole, secret };
}

/** Writes how it went into the head. */
export async function finishRevision(
  kube: Kube,
  namespace: string,
  { revision, secret }: { readonly revision: Revision; readonly secret: KubeObject },
): Promise<void> {
  const { resourceVersion = "", uid = "" } = secret.metadata;
  const head = headSecret(namespace, revision);
  await kube.replace({ ...head, metadata: { ...head.metadata, resourceVersion, uid } }, `k8sctl:${revision.project}`);
}

/** The parts go first: whatever a kill leaves is found by its head. */
export async function deleteRevision(
  kube: Kube,
  namespace: string,
  project: string,
  stored: StoredRevision,
): Promise<void> {
  const name = headName(project, stackOf(stored), numberOf(stored));
  const parts =
    stored.type === "read"
      ? Array.from({ length: stored.revision.content?.parts ?? 0 }, (_, part) => `${name}.${part}`)
      : await partNames(kube, namespace, project, name);
  await Promise.all(parts.map((part) => remove(kube, ref(namespace, part))));
  await remove(kube, ref(namespace, name));
}

async function partNames(kube: Kube, namespace: string, project: string, name: string): Promise<string[]> {
  const { items } = await kube.list(secrets, { namespace, labelSelector: selector(project, PART) });
  return items.map(({ metadata }) => metadata.name).filter((part) => part.startsWith(`${name}.`));
}

async function remove(kube: Kube, of: ObjectRef): Promise<void> {
  try {
    await kube.delete(of, { propagation: "Background", repeatable: true });
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  }
}

function headSecret(namespace: string, revision: Revision): KubeObject {
  const { project, stack, number } = revision;
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "k8sctl/revision",
    metadata: { name: headName(project, stack, number), namespace, labels: labelsOf(project, stack, HEAD) },
    data: { ...encodeHead(revision) },
  };
}

function partSecret(namespace: string, { project, stack, number }: Revision, part: number, data: string): KubeObject {
  const name = `${headName(project, stack, number)}.${part}`;
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "k8sctl/revision-content",
    metadata: { name, namespace, labels: labelsOf(project, stack, PART) },
    data: { [PART_KEY]: data },
  };
}

function ref(namespace: string, name: string): ObjectRef {
  return { ...secrets, namespace, name };
}

function selector(project: string, component: string): string {
  return `app.kubernetes.io/managed-by=k8sctl,app.kubernetes.io/component=${component},app.kubernetes.io/part-of=${project}`;
}

function labelsOf(project: string, stack: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/managed-by": "k8sctl",
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": project,
    [STACK_LABEL]: stack,
  };
}
