import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findBinaries } from "../../scripts/real-api/binaries.ts";
import { findClient } from "../../scripts/real-clients/programs.ts";

const SERVERS = ["etcd", "kube-apiserver", "kube-controller-manager"];

function folders(contents: Readonly<Record<string, readonly string[]>>): (name: string) => string {
  const root = mkdtempSync(join(tmpdir(), "k8sctl-programs-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [folder, names] of Object.entries(contents)) {
    mkdirSync(join(root, folder));
    for (const name of names) {
      writeFileSync(join(root, folder, name), "#!/bin/sh\n");
      chmodSync(join(root, folder, name), folder === "unusable" ? 0o600 : 0o755);
    }
  }
  return (name) => join(root, name);
}

const silent = () => expect.fail("nothing is to be built");

test("the servers of KUBEBUILDER_ASSETS are taken first, then those of a folder of PATH that holds all three", async () => {
  const at = folders({ assets: SERVERS, half: SERVERS.slice(1), whole: SERVERS });
  const path = `${at("half")}:${at("whole")}`;
  const first = await findBinaries({ KUBEBUILDER_ASSETS: at("assets"), PATH: path }, silent);
  expect(first).toEqual({
    etcd: join(at("assets"), "etcd"),
    apiserver: join(at("assets"), "kube-apiserver"),
    controllers: join(at("assets"), "kube-controller-manager"),
  });
  expect((await findBinaries({ PATH: path }, silent)).etcd).toBe(join(at("whole"), "etcd"));
  // Half of them is as good as none.
  const half = await findBinaries({ KUBEBUILDER_ASSETS: at("half"), PATH: path }, silent);
  expect(half.etcd).toBe(join(at("whole"), "etcd"));
});

test("a client is found in K8SCTL_CLIENTS, then on PATH; a file that cannot be run is none", () => {
  const at = folders({ own: ["helm"], path: ["helm", "terraform"], unusable: ["helm"], empty: [] });
  const env = { K8SCTL_CLIENTS: at("own"), PATH: at("path"), XDG_CACHE_HOME: at("empty") };
  expect(findClient("helm", env)).toBe(join(at("own"), "helm"));
  expect(findClient("terraform", env)).toBe(join(at("path"), "terraform"));
  expect(findClient("terraform-provider-kubernetes", env)).toBeNull();
  expect(findClient("helm", { ...env, K8SCTL_CLIENTS: at("unusable") })).toBe(join(at("path"), "helm"));
});
