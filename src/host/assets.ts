import { cpSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../embedded/make-folder.ts";
import type { Asset } from "../model/desired.ts";

/** Puts a stack's assets beside its JSON, at the paths that it names. */
export function writeAssets(folder: string, assets: Readonly<Record<string, Asset>>): void {
  for (const [at, asset] of Object.entries(assets)) {
    const target = join(folder, at);
    makeFolder(dirname(target));
    if (asset.type === "source") cpSync(asset.path, target, { recursive: true });
    else writeFileSync(target, Buffer.from(asset.base64, "base64"), { mode: 0o600 });
  }
}
