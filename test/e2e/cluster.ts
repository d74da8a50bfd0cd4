import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { renderCredentials } from "../../src/access/render.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { systemClock } from "../../src/host/clock.ts";
import { systemExec } from "../../src/host/exec.ts";
import { diskFiles } from "../../src/host/files.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import { readAccess, readKubeconfig } from "../../src/host/kubeconfig.ts";
import type { ClusterAccess } from "../../src/model/access.ts";
import type { Kube } from "../../src/ports.ts";
import { sweep } from "./sweep.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A kubeconfig file with the context `api`, of a real API server; undefined: tests run on the embedded cluster. */
    kubeconfig: string | undefined;
  }
}

/** The API server that the tests of one file talk to. */
export interface ClusterUnderTest {
  /** Of an administrator. */
  readonly access: ClusterAccess;
  /** A file with the context `api`. */
  readonly kubeconfig: string;
  /** An administrator's connection, no part of any run. */
  readonly kube: Kube;
}

/** Whether this run is `npm run e2e:api`. */
export const onReal: boolean = inject("kubeconfig") !== undefined;

let running: ClusterUnderTest | null = null;

/** The cluster of this file, from its `beforeAll` on. */
export function theCluster(): ClusterUnderTest {
  if (running === null) throw new Error("call clusterOfFile() at the top of the file");
  return running;
}

/**
 * Called at the top of a file whose tests hold on both servers: the real one that the run has started, swept when the
 * file ends, or an embedded one of the file's own. `timeScale`: of the embedded one's controllers.
 */
export function clusterOfFile({ timeScale = 0.05 }: { readonly timeScale?: number } = {}): ClusterUnderTest {
  let end = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const [access, kubeconfig, close] = onReal ? await realOne() : await embeddedOne(timeScale);
    const kube = openKube(access, { exec: systemExec, clock: systemClock });
    running = { access, kubeconfig, kube };
    end = async () => {
      await close(kube);
      kube.close();
    };
  });
  afterAll(() => end());
  return {
    get access() {
      return theCluster().access;
    },
    get kubeconfig() {
      return theCluster().kubeconfig;
    },
    get kube() {
      return theCluster().kube;
    },
  };
}

type Started = readonly [access: ClusterAccess, kubeconfig: string, close: (kube: Kube) => Promise<void>];

async function realOne(): Promise<Started> {
  const kubeconfig = inject("kubeconfig")!;
  const access = await readAccess(await readKubeconfig([kubeconfig], diskFiles), "api", diskFiles);
  return [access, kubeconfig, sweep];
}

async function embeddedOne(timeScale: number): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-under-test-"));
  const server = await startEmbedded({ name: "api", timeScale });
  const kubeconfig = join(folder, "kubeconfig");
  const access = { ...server.access, name: "api" };
  writeFileSync(kubeconfig, renderCredentials(access, "kubeconfig").reveal(), { mode: 0o600 });
  const close = async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return [access, kubeconfig, close];
}
