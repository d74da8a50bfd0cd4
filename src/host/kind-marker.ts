import { createHash } from "node:crypto";
import { join } from "node:path";
import { isJsonObject } from "../model/json.ts";
import type { Files } from "../ports.ts";

/**
 * What we remember of a kind cluster that we made: `creating` from before the first container until all nodes are
 * Ready, so that a run that was killed in between leaves a half cluster that the next one knows as such; then `created`
 * with a fingerprint of the cluster's authority, which tells it from a later cluster of the same name.
 */
export type KindMarker =
  | { readonly state: "creating"; readonly pid: number; readonly since: number }
  | {
      readonly state: "created";
      readonly authority: string;
      /** Digest of the config's patches; absent where an older k8sctl made it. */
      readonly patches?: string;
    };

export interface MarkerFile {
  read(): Promise<KindMarker | null>;
  write(marker: KindMarker): Promise<void>;
  remove(): Promise<void>;
}

/** The marker of the cluster NAME, in `kind/NAME.json` of the state folder. */
export function markerFile(stateFolder: string, name: string, files: Files): MarkerFile {
  const path = join(stateFolder, "kind", `${name}.json`);
  return {
    read: async () => parse(await files.read(path)),
    write: (marker) => files.write(path, `${JSON.stringify(marker)}\n`, 0o600),
    remove: () => files.remove(path),
  };
}

/** Where the output of the last `kind create` that failed is kept. */
export function createLog(stateFolder: string, name: string): string {
  return join(stateFolder, "kind", `${name}-create.log`);
}

/** sha256 of the authority's certificate, which kind makes anew for each cluster. */
export function fingerprint(certificateAuthority: string | null): string {
  return createHash("sha256")
    .update(certificateAuthority ?? "")
    .digest("hex");
}

/** A file that is damaged says nothing: then the cluster is not known to be ours. */
function parse(text: string | null): KindMarker | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return null;
    const { state, pid, since, authority, patches } = value;
    if (state === "creating" && typeof pid === "number" && typeof since === "number") return { state, pid, since };
    if (state !== "created" || typeof authority !== "string") return null;
    return { state, authority, ...(typeof patches === "string" ? { patches } : {}) };
  } catch {
    return null;
  }
}
