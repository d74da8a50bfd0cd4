import { describe, expect, test } from "vitest";
import type { ExecCredentialConfig } from "../../../src/model/access.ts";
import type { Exec, ExecOptions } from "../../../src/ports.ts";
import { scriptedPrograms } from "../scripted-programs.ts";
import { failure, stages } from "./fixture.ts";

const stage = stages();
const apiVersion = "client.authentication.k8s.io/v1";
const config: ExecCredentialConfig = {
  apiVersion,
  command: "login",
  args: ["--cluster", "prod"],
  env: { PROFILE: "me" },
  interactiveMode: "IfAvailable",
  provideClusterInfo: true,
  installHint: "install login from example.com",
};
const credential = (status: object, version = apiVersion) =>
  JSON.stringify({ apiVersion: version, kind: "ExecCredential", status });

/** A `login` program that gives the tokens in turn, and what it was started with. */
function login(...outputs: string[]) {
  const runs: ExecOptions[] = [];
  const exec: Exec = {
    run: async (argv, options = {}) => {
      expect(argv).toEqual(["login", "--cluster", "prod"]);
      runs.push(options);
      return { exitCode: 0, stdout: outputs[Math.min(runs.length, outputs.length) - 1]!, stderr: "" };
    },
  };
  return { exec, runs };
}

const start = (exec: Exec, accepts: (token: string) => boolean, plugin = config) =>
  stage(
    ({ headers }) =>
      accepts(String(headers.authorization)) ? { body: { gitVersion: "v1.34.1" } } : failure(401, "Unauthorized", "no"),
    { exec, access: (access) => ({ ...access, credentials: { kind: "exec", exec: plugin } }) },
  );

describe("an exec plugin", () => {
  test("runs once for many requests and is told about the cluster", async () => {
    const { exec, runs } = login(credential({ token: "t1" }));
    const { kube, server } = await start(exec, (token) => token === "Bearer t1");
    await Promise.all([kube.version(), kube.version(), kube.version()]);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.env?.["PROFILE"]).toBe("me");
    const info = JSON.parse(runs[0]!.env!["KUBERNETES_EXEC_INFO"]!);
    expect(info).toMatchObject({ apiVersion, kind: "ExecCredential", spec: { interactive: false } });
    expect(info.spec.cluster.server).toBe(server.url);
    expect(Buffer.from(info.spec.cluster["certificate-authority-data"], "base64").toString()).toContain("BEGIN CERT");
  });

  test("runs again when its answer expires", async () => {
    const expirationTimestamp = "2026-01-01T00:01:00Z";
    const { exec, runs } = login(credential({ token: "t1", expirationTimestamp }), credential({ token: "t2" }));
    const { kube, clock } = await start(exec, () => true);
    await kube.version();
    await kube.version();
    expect(runs).toHaveLength(1);
    clock.pass(55_000);
    await kube.version();
    expect(runs).toHaveLength(2);
  });

  test("runs again once after a 401, for all requests together", async () => {
    const { exec, runs } = login(credential({ token: "old" }), credential({ token: "new" }));
    const { kube } = await start(exec, (token) => token === "Bearer new");
    await Promise.all([kube.version(), kube.version(), kube.version()]);
    expect(runs).toHaveLength(2);
  });

  test("that gives refused credentials twice ends in the server's 401", async () => {
    const { exec, runs } = login(credential({ token: "bad" }));
    const { kube } = await start(exec, () => false);
    await expect(kube.version()).rejects.toMatchObject({ status: 401, reason: "Unauthorized" });
    expect(runs).toHaveLength(2);
  });

  test("that gives a certificate is known to the server by it", async () => {
    const { makeAuthority } = await import("../authority.ts");
    const pair = await (await makeAuthority()).client("from-plugin");
    const status = { clientCertificateData: pair.certificate, clientKeyData: pair.key };
    const { kube, server } = await start(login(credential(status)).exec, () => true);
    await kube.version();
    expect(server.seen.at(-1)?.clientName).toBe("from-plugin");
  });

  test.each([
    ["no JSON", "token: hunter2", "did not print JSON"],
    ["another version", credential({ token: "hunter2" }, "client.authentication.k8s.io/v1beta1"), "asks for"],
    ["no credentials", credential({}), "neither a token nor a certificate"],
  ])("that answers wrongly is named without its output: %s", async (_, output, message) => {
    const { kube } = await start(login(output).exec, () => true);
    const error = await kube.version().catch((e) => e);
    expect(error.problems[0].code).toBe("exec-credentials");
    expect(error.message).toContain("login of test");
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("hunter2");
  });

  test("that hangs is ended after a minute, and named", async () => {
    const { exec } = scriptedPrograms({ login: [{ when: "", hang: true }] });
    const limits: (number | undefined)[] = [];
    const impatient: Exec = {
      run: (argv, options = {}) => {
        limits.push(options.timeoutMs);
        return exec.run(argv, { ...options, timeoutMs: 300 });
      },
    };
    const { kube } = await start(impatient, () => true);
    await expect(kube.version()).rejects.toThrow(/login of test does not run: .*did not end within/);
    expect(limits).toEqual([60_000]);
  });

  test("that fails shows its last words, and one that is missing its install hint", async () => {
    const failing = scriptedPrograms({ login: [{ when: "", stderr: "x\nyour session has expired\n", exit: 3 }] });
    const { kube } = await start(failing.exec, () => true);
    await expect(kube.version()).rejects.toThrow("exit code 3: x your session has expired");
    const { kube: without } = await start(scriptedPrograms({}).exec, () => true);
    await expect(without.version()).rejects.toMatchObject({
      problems: [{ code: "exec-credentials", remedy: "install login from example.com" }],
    });
  });

  test.each([
    ["no JSON", "Please log in: secret-token", "did not print JSON"],
    ["JSON of another kind", '{"token":"secret-token"}', "did not print an ExecCredential"],
    [
      "another version",
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1alpha1","status":{"token":"secret-token"}}',
      "client.authentication.k8s.io/v1alpha1",
    ],
  ])("that prints %s is told, without a word of what it printed", async (_, stdout, message) => {
    const { kube } = await start(scriptedPrograms({ login: [{ when: "", stdout }] }).exec, () => true);
    const error = await kube.version().catch((e: Error) => e);
    expect(String(error)).toContain(message);
    expect(JSON.stringify(error) + String(error)).not.toContain("secret-token");
  });
});
