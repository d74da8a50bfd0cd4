import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError, userError } from "../model/errors.ts";
import { isJsonObject } from "../model/json.ts";
import type { Exec } from "../ports.ts";
import type { RunKind } from "./kind-run.ts";

const SHORT_MS = 60_000;
const LOAD_MS = 10 * 60_000;

/**
 * Which of the images some node lacks, or has with another content: compared by digest, so that a tag that was built
 * anew is loaded again. Throws UserError `image-missing` for one that neither this machine nor the nodes have.
 */
export async function imagesToLoad(
  exec: Exec,
  engine: string,
  nodes: readonly string[],
  images: readonly string[],
): Promise<string[]> {
  if (images.length === 0) return [];
  const [local, ...onNodes] = await Promise.all([
    Promise.all(images.map((image) => localDigest(exec, engine, image))),
    ...nodes.map((node) => digestsOn(exec, engine, node, images)),
  ]);
  const missing: string[] = [];
  const toLoad = images.filter((image, i) => {
    const digest = local[i] ?? null;
    if (digest === null) {
      if (onNodes.length === 0 || !onNodes.every((digests) => digests.has(image))) missing.push(image);
      return false;
    }
    return onNodes.length === 0 || !onNodes.every((digests) => digests.get(image)?.includes(digest) === true);
  });
  if (missing.length > 0) throw new UserError(missing.map((image) => imageMissing(engine, image).problems[0]!));
  return toLoad;
}

/** Loads images of this machine into all nodes. Throws UserError `image-missing` and what kind says. */
export async function loadIntoNodes(
  kind: RunKind,
  exec: Exec,
  options: { readonly engine: string; readonly name: string; readonly images: readonly string[] },
): Promise<void> {
  const { engine, name, images } = options;
  const what = `load ${images.join(", ")} into kind/${name}`;
  if (engine === "docker") {
    await kind(["load", "docker-image", "--name", name, ...images], what, { timeoutMs: LOAD_MS });
    return;
  }
  // kind asks Docker alone for images; of others it takes archives.
  const folder = await mkdtemp(join(tmpdir(), "k8sctl-images-"));
  try {
    for (const [i, image] of images.entries()) {
      const archive = join(folder, `${i}.tar`);
      const saved = await exec.run([engine, "save", "-o", archive, image], { timeoutMs: LOAD_MS });
      if (saved.exitCode !== 0) throw userError("image-missing", `${engine} save ${image}: ${saved.stderr.trim()}`);
      await kind(["load", "image-archive", "--name", name, archive], what, { timeoutMs: LOAD_MS });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The image's id, which is the digest of its config, or of its index in Docker's containerd store. */
async function localDigest(exec: Exec, engine: string, image: string): Promise<string | null> {
  const argv = [engine, "image", "inspect", "--format", "{{.Id}}", image] as const;
  const { exitCode, stdout } = await exec.run([...argv], { timeoutMs: SHORT_MS });
  const id = stdout.trim().replace(/^sha256:/, "");
  return exitCode === 0 && id !== "" ? `sha256:${id}` : null;
}

/** The digests by which a node knows those of the images that it has: of the manifest, and of the config it names. */
async function digestsOn(
  exec: Exec,
  engine: string,
  node: string,
  images: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ctr = (...args: readonly string[]) =>
    exec.run([engine, "exec", node, "ctr", "--namespace", "k8s.io", ...args], { timeoutMs: SHORT_MS });
  const { stdout } = await ctr("images", "ls");
  const rows = stdout.split("\n").map((line) => line.split(/\s+/));
  const found = images.flatMap((image) => {
    const digest = rows.find(([name]) => name === fullName(image))?.[2];
    return digest === undefined ? [] : [{ image, digest }];
  });
  return new Map(
    await Promise.all(
      found.map(
        async ({ image, digest }) =>
          [image, [digest, ...configDigest((await ctr("content", "get", digest)).stdout)]] as const,
      ),
    ),
  );
}

function configDigest(manifest: string): string[] {
  try {
    const value: unknown = JSON.parse(manifest);
    const config = isJsonObject(value) ? value["config"] : undefined;
    return isJsonObject(config) && typeof config["digest"] === "string" ? [config["digest"]] : [];
  } catch {
    return [];
  }
}

/** `redis:8` is docker.io/library/redis:8 to containerd (distribution's reference, "familiar names"). */
export function fullName(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const name = hasHost ? image : rest.length > 0 ? `docker.io/${image}` : `docker.io/library/${image}`;
  const last = name.slice(name.lastIndexOf("/"));
  return last.includes(":") || last.includes("@") ? name : `${name}:latest`;
}

function imageMissing(engine: string, image: string): UserError {
  return userError("image-missing", `the image ${image} is neither on this machine nor in the cluster's nodes`, {
    remedy: `build it, or fetch it with \`${engine} pull ${image}\``,
  });
}
