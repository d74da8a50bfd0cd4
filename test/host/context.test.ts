import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderCredentials } from "../../src/access/render.ts";
import { contextCluster } from "../../src/host/context.ts";
import { examine } from "../../src/host/doctor.ts";
import { diskFiles } from "../../src/host/files.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import { type Authority, makeAuthority } from "./authority.ts";
import { scriptedPrograms } from "./scripted-programs.ts";
import { accessTo, type ScriptedServer, startScripted, TestClock } from "./scripted-server.ts";

let authority: Authority;
let server: ScriptedServer;
let root: string;
beforeAll(async () => {
  authority = await makeAuthority();
  server = await startScripted({ ...(await authority.server()), authority }, () => ({
    body: { gitVersion: "v1.34.1" },
  }));
  root = mkdtempSync(join(tmpdir(), "k8sctl-context-"));
  mkdirSync(join(root, "conf"));
  const client = await authority.client("me");
  writeFileSync(
    join(root, "conf", "config"),
    renderCredentials(accessTo(server.url, authority, client), "kubeconfig").reveal(),
  );
});
afterAll(() => server.close());

const cluster = (context: string, kubeconfig: string | null = "conf/config") =>
  contextCluster(
    { provider: "context", context, kubeconfig },
    { files: diskFiles, env: { KUBECONFIG: join(root, "nowhere") }, root },
  );

describe("a context", () => {
  test("is found in the project's own kubeconfig, or in $KUBECONFIG", async () => {
    expect(await cluster("test").exists()).toBe(true);
    await expect(cluster("test", null).exists()).rejects.toThrow('"test" does not exist');
    expect(await cluster("test").access()).toMatchObject({ server: server.url });
  });

  test("that is missing is named with its neighbours", async () => {
    await expect(cluster("tset").exists()).rejects.toMatchObject({
      problems: [{ code: "context-missing", remedy: 'did you mean "test"?' }],
    });
  });

  test("is never created or deleted", async () => {
    const problems = [{ code: "cluster-not-owned" }];
    expect(await cluster("test").owned()).toBe(false);
    await expect(cluster("test").create(() => undefined)).rejects.toMatchObject({ problems });
    await expect(cluster("test").delete(() => undefined)).rejects.toMatchObject({ problems });
  });
});

describe("doctor", () => {
  const ports = (programs = {}) => {
    const { exec, folder } = scriptedPrograms(programs);
    const connect = (access: Parameters<typeof openKube>[0]) => openKube(access, { exec, clock: new TestClock() });
    return {
      exec,
      files: diskFiles,
      stateFolder: join(folder, "state"),
      engine: "docker",
      nodeVersion: "22.19.0",
      connect,
    };
  };
  const told = (checks: Awaited<ReturnType<typeof examine>>) => checks.map((c) => `${c.status} ${c.name}: ${c.detail}`);

  test("finds all well", async () => {
    const own = ports();
    expect(told(await examine("context", cluster("test"), own))).toEqual([
      "ok node: 22.19.0",
      `ok state folder: ${own.stateFolder}`,
      "ok cluster test: answers, v1.34.1",
    ]);
  });

  test("finds an old node, a broken state folder, and no context", async () => {
    const checks = await examine("context", cluster("tset"), {
      ...ports(),
      nodeVersion: "20.18.1",
      stateFolder: "/dev/null/state",
    });
    expect(checks.map((check) => check.status)).toEqual(["fail", "fail", "fail"]);
    expect(checks.every((check) => check.remedy !== null || check.name === "state folder")).toBe(true);
  });

  test("looks at Docker and kind only where they are needed, and not at the cluster without them", async () => {
    const checks = await examine("kind", cluster("test"), ports({ docker: [{ when: "version", stdout: "28.1.1\n" }] }));
    expect(checks.map((check) => `${check.status} ${check.name}`)).toEqual([
      "ok node",
      "ok state folder",
      "ok docker",
      "fail kind",
    ]);
    expect(checks.at(-1)?.remedy).toContain("install kind");
  });
});
