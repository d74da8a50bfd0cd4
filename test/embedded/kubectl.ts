import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";

const run = promisify(execFile);
const found = spawnSync("kubectl", ["version", "--client"]).status === 0;
const wanted = process.env["K8SCTL_REQUIRE_KUBECTL"] === "1";

if (!found && !wanted) console.warn("kubectl is not on PATH: the tests with a real kubectl are skipped");

/** For `test.skipIf`: without kubectl, unless the environment says that it has to be there. */
export const noKubectl = !found && !wanted;

export interface KubectlSession {
  readonly cluster: EmbeddedServer;
  /** Holds the kubeconfig, and the files that a test writes. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** stdout; rejects with stderr in its message. */
  kubectl(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** A cluster of its own, and kubectl with an administrator's kubeconfig for it. */
export async function kubectlSession(): Promise<KubectlSession> {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-kubectl-"));
  const cluster = await startEmbedded({ timeScale: 0.05 });
  const { access } = cluster;
  if (access.credentials.kind !== "certificate") throw new Error("no certificate");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const authority = { "certificate-authority-data": base64(access.certificateAuthority!) };
  const user = {
    "client-certificate-data": base64(access.credentials.certificate),
    "client-key-data": base64(access.credentials.key.reveal()),
  };
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "e", cluster: { server: access.server, ...authority } }],
    users: [{ name: "e", user }],
    contexts: [{ name: "e", context: { cluster: "e", user: "e" } }],
    "current-context": "e",
  };
  const path = join(folder, "kubeconfig");
  writeFileSync(path, JSON.stringify(kubeconfig), { mode: 0o600 });
  const env = { ...process.env, HOME: folder, KUBECONFIG: path };
  return {
    cluster,
    folder,
    env,
    kubectl: async (...args) => (await run("kubectl", args, { cwd: folder, env, timeout: 30_000 })).stdout,
    close: async () => {
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
