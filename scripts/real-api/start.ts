import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderCredentials } from "../../src/access/render.ts";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { systemClock } from "../../src/host/clock.ts";
import { systemExec } from "../../src/host/exec.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import { waitUntilReady } from "../../src/host/kube/ready.ts";
import type { ClusterAccess } from "../../src/model/access.ts";
import { Secret } from "../../src/model/secrets.ts";
import { findBinaries } from "./binaries.ts";
import { Daemon, freePorts, portAnswers } from "./daemon.ts";

export interface RealApi {
  /** As kubeadm's admin.conf: a member of system:masters. */
  readonly access: ClusterAccess;
  /** A kubeconfig file with the context `api`. */
  readonly kubeconfig: string;
  /** Kills the API server and starts it again over the same data, at the same address. */
  restartServer(): Promise<void>;
  /** Ends all programs and removes their data. */
  stop(): Promise<void>;
}

const READY_MS = 60_000;

/**
 * etcd, kube-apiserver and kube-controller-manager on loopback with a new authority and empty data. No node and no
 * scheduler: pods stay Pending unless somebody plays kubelet. Without controllers objects stay as they are written.
 * Nothing outlives this process.
 */
export async function startRealApi(
  tell: (line: string) => void = console.error,
  { withControllers = true }: { readonly withControllers?: boolean } = {},
): Promise<RealApi> {
  const binaries = await findBinaries(process.env, tell);
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-real-"));
  const [etcdPort, peerPort, apiPort, controllersPort] = (await freePorts(4)) as [number, number, number, number];
  const credentials = await makeCredentials("real", Date.now());
  const serviceAccount = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const access: ClusterAccess = {
    name: "api",
    server: `https://127.0.0.1:${apiPort}`,
    certificateAuthority: credentials.authority.certificate,
    insecureSkipTlsVerify: false,
    tlsServerName: null,
    proxyUrl: null,
    credentials: {
      kind: "certificate",
      certificate: credentials.admin.certificate,
      key: new Secret(credentials.admin.key),
    },
    namespace: "default",
  };
  const authority = file("ca.crt", credentials.authority.certificate);
  const accountKey = file("sa.key", serviceAccount.privateKey);
  const kubeconfig = file("kubeconfig", renderCredentials(access, "kubeconfig").reveal());
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;

  const etcd = new Daemon(folder, binaries.etcd, [
    "--name=real",
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=real=${peerUrl}`,
    // The data is thrown away: nothing needs to survive the machine.
    "--unsafe-no-fsync=true",
    "--log-level=warn",
  ]);
  const server = new Daemon(folder, binaries.apiserver, [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${apiPort}`,
    `--tls-cert-file=${file("server.crt", credentials.server.certificate)}`,
    `--tls-private-key-file=${file("server.key", credentials.server.key)}`,
    `--client-ca-file=${authority}`,
    "--authorization-mode=Node,RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file("sa.pub", serviceAccount.publicKey)}`,
    `--service-account-signing-key-file=${accountKey}`,
    // 127.0.0.1 is no address for the endpoints of the `kubernetes` Service.
    "--endpoint-reconciler-type=none",
    // As kubeadm sets it.
    "--allow-privileged=true",
  ]);
  const controllers = new Daemon(folder, binaries.controllers, [
    `--kubeconfig=${kubeconfig}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${controllersPort}`,
    "--leader-elect=false",
    "--use-service-account-credentials=true",
    `--root-ca-file=${authority}`,
    `--service-account-private-key-file=${accountKey}`,
    "--concurrent-namespace-syncs=10",
    // The default of 20 a second spends five seconds on starting.
    "--kube-api-qps=1000",
    "--kube-api-burst=2000",
  ]);
  const daemons = [...(withControllers ? [controllers] : []), server, etcd];
  const ready = () =>
    Promise.race([
      waitUntilReady(access, { exec: systemExec, clock: systemClock }, READY_MS),
      ...daemons.map((daemon) => daemon.failed()),
    ]);
  const stop = async (): Promise<void> => {
    for (const daemon of daemons) await daemon.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    etcd.start();
    // The API server waits a second before it asks again.
    await Promise.race([portAnswers(etcdPort), etcd.failed()]);
    server.start();
    if (withControllers) controllers.start();
    await ready();
    if (withControllers) await controllersAtWork(access);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    access,
    kubeconfig,
    stop,
    restartServer: async () => {
      await server.kill();
      server.start();
      await ready();
    },
  };
}

/** The first thing that the controllers make is what a client may rely on: the service account of `default`. */
async function controllersAtWork(access: ClusterAccess): Promise<void> {
  const kube = openKube(access, { exec: systemExec, clock: systemClock });
  const until = systemClock.monotonic() + READY_MS;
  const account = { group: "", version: "v1", kind: "ServiceAccount", namespace: "default", name: "default" };
  try {
    while ((await kube.get(account)) === null) {
      if (systemClock.monotonic() > until) throw new Error("kube-controller-manager made no service account");
      await systemClock.sleep(50);
    }
  } finally {
    kube.close();
  }
}
