/**
 * The one door to CDKTF, which is archived upstream: no other file of src/ knows its name. It is resolved from the
 * user's project, else our own copy serves; `"cdktf": "npm:cdktn@..."` works as well.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type * as Cdktf from "cdktf";
import type * as Constructs from "constructs";
import type { Asset } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";

/** Where the one copy of CDKTF and of constructs lies that all code of a run shares. */
export interface CdktfHome {
  readonly cdktf: string;
  readonly constructs: string;
}

export type StackInstance = Cdktf.TerraformStack;
export type StackClass = new (
  scope: Cdktf.App,
  id: string,
  options: { vars: JsonObject; own: readonly string[]; stacks: Record<string, StackInstance> },
) => StackInstance;

export type CdktfLibrary = typeof Cdktf;

const packageRoot = (mainFile: string): string => dirname(dirname(mainFile));

function tryResolve(request: string, from: readonly string[]): string | null {
  for (const folder of from) {
    try {
      return createRequire(join(folder, "package.json")).resolve(request);
    } catch {
      // the next place
    }
  }
  return null;
}

export function findCdktf(root: string, ownPackage: string): CdktfHome {
  const cdktf = tryResolve("cdktf", [root, ownPackage]);
  if (cdktf === null) throw new Error("cdktf is not installed beside k8sctl");
  // A strict installer may keep constructs where only cdktf itself sees it.
  const constructs = tryResolve("constructs", [dirname(cdktf)]);
  if (constructs === null) throw new Error("constructs is not installed beside cdktf");
  return { cdktf, constructs };
}

/**
 * Folders from which an import of a stack file is resolved when it names CDKTF or a provider, best first; null for any
 * other import. For the type checker: it must see the same copies as the loader.
 */
export function cdktfOrigins(specifier: string, home: CdktfHome, root: string, ownPackage: string): string[] | null {
  const [scope = "", name = ""] = specifier.split("/");
  if (scope === "cdktf") return [dirname(home.cdktf)];
  if (scope === "constructs") return [dirname(home.constructs)];
  return scope === "@cdktf" && name.startsWith("provider-") ? [root, ownPackage] : null;
}

/**
 * Import specifiers -> files, for the loader of stack files. A provider's index becomes its lazy index: loading all
 * of it costs 600 ms.
 */
export function cdktfAliases(home: CdktfHome, root: string, ownPackage: string): Record<string, string> {
  const aliases: Record<string, string> = {
    cdktf: home.cdktf,
    "cdktf/lib": join(packageRoot(home.cdktf), "lib"),
    constructs: home.constructs,
    "constructs/lib": join(packageRoot(home.constructs), "lib"),
  };
  for (const provider of providerNames([root, ownPackage])) {
    const manifest = tryResolve(`${provider}/package.json`, [root, ownPackage]);
    if (manifest === null) continue;
    const lib = join(dirname(manifest), "lib");
    const lazy = join(lib, "lazy-index.js");
    aliases[`${provider}/lib`] = lib;
    aliases[`${provider}/package.json`] = manifest;
    aliases[provider] = existsSync(lazy) ? asModule(lazy) : join(lib, "index.js");
  }
  return aliases;
}

/** A lazy index does not say that it is an ES module; without that `import * as kubernetes` finds it empty. */
function asModule(lazyIndex: string): string {
  const exports: object = createRequire(lazyIndex)(lazyIndex);
  if (!("__esModule" in exports)) Object.defineProperty(exports, "__esModule", { value: true });
  return lazyIndex;
}

/** Providers that can be imported by name: those beside the project, above it, and ours. */
function providerNames(roots: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const root of roots) {
    for (const modules of createRequire(join(root, "package.json")).resolve.paths("cdktf") ?? []) {
      const scope = join(modules, "@cdktf");
      if (!existsSync(scope)) continue;
      for (const name of readdirSync(scope)) if (name.startsWith("provider-")) names.add(`@cdktf/${name}`);
    }
  }
  return names;
}

/** Makes packages that Node loads by itself (a provider's own `require("cdktf")`) see the same copy as stack files. */
export function pinCdktf(home: CdktfHome): void {
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const original = loader._resolveFilename;
  const pinned: Readonly<Record<string, string>> = { cdktf: home.cdktf, constructs: home.constructs };
  loader._resolveFilename = function (this: unknown, request, ...rest) {
    return pinned[request] ?? original.call(this, request, ...rest);
  };
}

export function loadCdktf(home: CdktfHome): CdktfLibrary {
  return createRequire(home.cdktf)(home.cdktf) as CdktfLibrary;
}

/**
 * CDKTF keeps a printed stack trace with every reference, for messages that name no line of the user's: a sixth of the
 * time of a large synthesis, and thirty lines in an error.
 */
export function dropCreationTraces(home: CdktfHome): void {
  const file = join(packageRoot(home.cdktf), "lib/tokens/private/stack-trace.js");
  if (existsSync(file)) createRequire(home.cdktf)(file).captureStackTrace = () => [];
}

/** Calls `made` for each construct as it comes to be, before its own constructor has run to the end. */
export function watchConstructs(home: CdktfHome, made: (path: string) => void): void {
  const { Node } = createRequire(home.constructs)(home.constructs) as typeof Constructs;
  const prototype = Node.prototype as unknown as { addChild(child: unknown, name: string): void };
  const original = prototype.addChild;
  prototype.addChild = function (this: Constructs.Node, child, name) {
    original.call(this, child, name);
    made(this.path === "" ? name : `${this.path}/${name}`);
  };
}

export function isStackClass(library: CdktfLibrary, value: unknown): value is StackClass {
  return typeof value === "function" && value.prototype instanceof library.TerraformStack;
}

export function isStack(library: CdktfLibrary, value: unknown): value is StackInstance {
  return typeof value === "object" && value !== null && library.TerraformStack.isStack(value);
}

/**
 * The first half of what CDKTF's own `app.synth()` does, for all stacks before the first is rendered: a reference to
 * another stack adds an output there.
 */
export function prepareAll(stacks: readonly StackInstance[]): void {
  for (const stack of stacks) stack.prepareStack();
}

/** The second half, without files: aspects, then the user's and CDKTF's own validations as [construct path, message]. */
export function validateStack(home: CdktfHome, stack: StackInstance): { path: string; message: string }[] {
  const synthesizer = join(packageRoot(home.cdktf), "lib/synthesize/synthesizer.js");
  const { invokeAspects } = createRequire(home.cdktf)(synthesizer) as { invokeAspects(root: unknown): void };
  invokeAspects(stack);
  return stack.node.findAll().flatMap(({ node }) => node.validate().map((message) => ({ path: node.path, message })));
}

export function renderStack(stack: StackInstance): JsonObject {
  return stack.toTerraform() as JsonObject;
}

/** Annotations.of(x).addWarning(...) and addError(...), as [construct path, level, message]. */
export function annotationsOf(stack: StackInstance): { path: string; level: "warn" | "error"; message: string }[] {
  return stack.node.findAll().flatMap((construct) =>
    construct.node.metadata.flatMap((entry) => {
      const level = entry.type === "@cdktf/warn" ? "warn" : entry.type === "@cdktf/error" ? "error" : null;
      return level === null ? [] : [{ path: construct.node.path, level, message: String(entry.data) }];
    }),
  );
}

/** TerraformAsset takes relative paths from the folder of cdktf.json; a project without one has k8sctl.yaml. */
export function assetContext(root: string): Record<string, string> {
  return existsSync(join(root, "cdktf.json")) ? {} : { cdktfJsonPath: join(root, "k8sctl.yaml") };
}

/**
 * What a stack's assets stand for, by the path that its JSON holds: synthesis in memory copies nothing. Archives are made
 * in the scratch folder, and only they.
 */
export function assetsOf(
  home: CdktfHome,
  library: CdktfLibrary,
  stack: StackInstance,
  scratch: string,
): Record<string, Asset> {
  const assets: Record<string, Asset> = {};
  for (const construct of stack.node.findAll()) {
    if (!(construct instanceof library.TerraformAsset)) continue;
    const { sourcePath } = construct as unknown as { sourcePath: string };
    const source = resolve(sourcePath);
    if (construct.type === library.AssetType.ARCHIVE) {
      const { archiveSync } = createRequire(home.cdktf)(join(packageRoot(home.cdktf), "lib/private/fs.js")) as {
        archiveSync(from: string, to: string): void;
      };
      const file = join(scratch, `${construct.assetHash}.zip`);
      archiveSync(source, file);
      assets[construct.path] = { type: "content", base64: readFileSync(file).toString("base64") };
    } else assets[construct.path] = { type: "source", path: source };
  }
  return assets;
}
