import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { diskFiles, sourceFile } from "../../src/host/files.ts";
import { kubeconfigPaths, stateFolder } from "../../src/host/paths.ts";

const folder = () => mkdtempSync(join(tmpdir(), "k8sctl-files-"));
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("files", () => {
  test("are written whole, with their mode, in folders of their own", async () => {
    const path = join(folder(), "state", "dev", "key.pem");
    await diskFiles.write(path, "one", 0o600);
    await diskFiles.write(path, "two", 0o600);
    expect(readFileSync(path, "utf8")).toBe("two");
    expect([mode(path), mode(join(path, "..")), mode(join(path, "../.."))]).toEqual(["600", "700", "700"]);
    expect(readdirSync(join(path, ".."))).toEqual(["key.pem"]);
  });

  test("that do not exist are null, and removing them is nothing", async () => {
    const path = join(folder(), "no", "such");
    expect(await diskFiles.read(path)).toBeNull();
    await diskFiles.remove(path);
  });

  test("below a file system that takes no folders: a UserError, and an end", async () => {
    const denied = { code: "file-denied", remedy: expect.stringContaining("K8SCTL_HOME") };
    await expect(diskFiles.write("/proc/none/at/all", "text")).rejects.toMatchObject({ problems: [denied] });
  });

  test("below something that is no folder: a UserError", async () => {
    await expect(diskFiles.write("/dev/null/x", "text")).rejects.toMatchObject({ problems: [{ code: "file-folder" }] });
  });

  test.skipIf(!canMount())("on a full disk: a UserError, the old text kept, no remains", () => {
    const shell = `unshare -Urm sh -c 'mount -t tmpfs -o size=16k tmpfs "$0" && exec "$@"' "$@"`;
    const place = folder();
    const program = [
      process.execPath,
      "--input-type=module",
      "-e",
      writeTwice.replace("FOLDER", JSON.stringify(place)),
    ];
    const printed = execFileSync("sh", ["-c", shell, "sh", place, ...program], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual({
      problems: [expect.objectContaining({ code: "disk-full", remedy: expect.stringContaining("K8SCTL_HOME") })],
      text: "old",
      names: ["state.json"],
    });
  });
});

/** Writes to a tiny file system what fits, then what does not, and prints what came of it. */
const writeTwice = `
const { createJiti } = await import("jiti");
const { readdirSync, readFileSync } = await import("node:fs");
const { diskFiles } = await createJiti(process.cwd() + "/").import("./src/host/files.ts");
const folder = FOLDER;
await diskFiles.write(folder + "/state.json", "old", 0o600);
const error = await diskFiles.write(folder + "/state.json", "x".repeat(1 << 20), 0o600).catch((e) => e);
const text = readFileSync(folder + "/state.json", "utf8");
console.log(JSON.stringify({ problems: error.problems, text, names: readdirSync(folder) }));
`;

/** Whether this machine lets a user mount a small file system of its own. */
function canMount(): boolean {
  const tried = spawnSync("sh", ["-c", `unshare -Urm mount -t tmpfs -o size=16k tmpfs "$0"`, folder()]);
  if (tried.status !== 0) console.warn("SKIPPED: the test of a full disk needs `unshare -Urm`");
  return tried.status === 0;
}

test("a folder that a stack looks into is the names in it, of folders with a slash; what leads nowhere is left out", () => {
  const root = folder();
  mkdirSync(join(root, "conf", "more"), { recursive: true });
  writeFileSync(join(root, "conf", "a.conf"), "a");
  symlinkSync("a.conf", join(root, "conf", "link"));
  symlinkSync("nowhere", join(root, "conf", "broken"));
  const names = (path: string) => Buffer.from(sourceFile(root, path) ?? []).toString();
  expect(names("conf/").split("\n").sort()).toEqual(["a.conf", "link", "more/"]);
  expect(names("conf/a.conf")).toBe("a");
  expect(sourceFile(root, "conf")).toBeNull();
  expect(sourceFile(root, "none/")).toBeNull();
});

describe("places", () => {
  test.each([
    ["its own variable", { K8SCTL_HOME: "/k", XDG_STATE_HOME: "/x" }, "linux", "/k"],
    ["XDG", { XDG_STATE_HOME: "/x" }, "linux", "/x/k8sctl"],
    ["a relative XDG path is ignored", { XDG_STATE_HOME: "x" }, "linux", "/home/me/.local/state/k8sctl"],
    ["nothing set", {}, "darwin", "/home/me/.local/state/k8sctl"],
    ["Windows", { LOCALAPPDATA: "/local" }, "win32", "/local/k8sctl"],
  ] as const)("of the state: %s", (_, env, platform, path) => {
    expect(stateFolder(env, platform, "/home/me")).toBe(path);
  });

  test.each([
    ["a list", { KUBECONFIG: "/a::/b:/a" }, ["/a", "/b"]],
    ["the default", {}, ["/home/me/.kube/config"]],
  ])("of kubeconfigs: %s", (_, env, paths) => {
    expect(kubeconfigPaths(env, "linux", "/home/me")).toEqual(paths);
  });
});
