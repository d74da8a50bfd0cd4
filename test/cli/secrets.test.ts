import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectTo, type Json, type Outcome, temporaryHome, workplace } from "./command-line.ts";
import { projectYaml } from "./stacks.ts";

const home = temporaryHome();
const MARK = "Zq7-marker-Xw9";
const ENCODED = Buffer.from(MARK).toString("base64");
const dollar = (expression: string) => `$\{${expression}}`;

/** A stack in which a sensitive variable and a generated password reach every place that values can reach. */
function secretive(extra: Json = {}): string {
  return JSON.stringify({
    variable: { token: { sensitive: true } },
    resource: {
      random_password: { db: { length: 24, special: false } },
      kubernetes_service_account_v1: { bot: { metadata: { name: "bot" } } },
      kubernetes_token_request_v1: {
        bot: { metadata: { name: dollar("kubernetes_service_account_v1.bot.metadata[0].name") } },
      },
      terraform_data: { token: { input: dollar("kubernetes_token_request_v1.bot.token") } },
      kubernetes_secret_v1: {
        token: { metadata: { name: "token" }, data: { token: dollar("kubernetes_token_request_v1.bot.token") } },
        plain: { metadata: { name: "plain" }, data: { token: dollar("var.token"), literal: "Zq7-literal-Xw9" } },
        made: { metadata: { name: "made" }, data: { password: dollar("random_password.db.result") } },
      },
      kubernetes_config_map_v1: {
        leaky: {
          metadata: { name: "leaky", annotations: { note: dollar("var.token") } },
          data: {
            bearer: `Bearer ${dollar("terraform_data.token.output")}`,
            url: `postgres://app:${dollar("var.token")}@db`,
            digest: dollar("sha256(var.token)"),
          },
        },
      },
      kubernetes_deployment_v1: {
        web: {
          metadata: { name: "web" },
          spec: {
            selector: { match_labels: { app: "web" } },
            template: {
              metadata: {
                labels: { app: "web" },
                annotations: {
                  "embedded.k8sctl.dev/fail": "crash-once",
                  "embedded.k8sctl.dev/logs": `tokens are ${dollar("var.token")} ${dollar("kubernetes_token_request_v1.bot.token")}`,
                },
              },
              spec: {
                container: [
                  {
                    name: "main",
                    image: "web:1",
                    env: [
                      { name: "TOKEN", value: dollar("var.token") },
                      { name: "PASSWORD", value: dollar("random_password.db.result") },
                    ],
                  },
                ],
              },
            },
          },
        },
      },
      ...extra,
    },
    output: {
      token: { value: dollar("var.token"), sensitive: true },
      password: { value: dollar("random_password.db.result"), sensitive: true },
      bearer: { value: dollar("kubernetes_token_request_v1.bot.token"), sensitive: true },
    },
  });
}

/** All files below a folder, except the state of the cluster itself, which holds what the cluster holds. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && !path.includes("/embedded/dev/"));
}

function holdsSecret(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => text.includes(secret));
}

test("no secret is in any output, event or file", async () => {
  const project = workplace(home, {
    "k8sctl.yaml": projectYaml("hush", ["stacks/web.tf.json"]),
    "stacks/web.tf.json": secretive(),
  });
  const VAR = ["--var", `token=${MARK}`];
  const runs: [string, Outcome][] = [];
  const run = async (...argv: string[]) => {
    const outcome = await project.run(argv);
    runs.push([argv.join(" ").replace(MARK, "..."), outcome]);
    return outcome;
  };
  await run("plan", ...VAR);
  await run("plan", "--full", "--markdown", ...VAR);
  await run("validate", ...VAR);
  await run("synth", "--objects", ...VAR);
  await run("synth", "--objects", "--output", "json", ...VAR);
  expect((await run("up", "--yes", ...VAR)).exitCode).toBe(0);
  expect((await run("up", "--yes", "--output", "json", ...VAR)).exitCode).toBe(0);
  for (const form of [[], ["--full"], ["--markdown"], ["--output", "json"]]) {
    // Another value, so that both sides of a change are secret.
    await run("plan", ...form, "--var", `token=${MARK}-changed`);
  }
  await run("up", "--yes", "--output", "json", "--var", `token=${MARK}-changed`);
  for (const form of [[], ["--output", "json"]]) {
    await run("status", ...form);
    await run("output", ...form);
    await run("graph", ...VAR);
    await run("doctor", ...form);
    await run("cluster", "list", ...form);
  }

  const address = "web/kubernetes_deployment_v1.web";
  for (const look of [
    ["describe", address],
    ["events"],
    ["history"],
    ["history", "show", "1"],
    ["state", "list"],
    ["state", "show", "kubernetes_deployment_v1.web"],
  ]) {
    await run(...look);
    await run(...look, "--output", "json");
  }
  for (const report of ["md", "html", "json", "xml"]) {
    await run("up", "--yes", "--report", `report.${report}`, "--var", `token=${MARK}-${report}`);
  }
  await run("plan", "--out", "saved.plan", "--var", `token=${MARK}-saved`);
  await run("apply", "saved.plan", "--yes", "--var", `token=${MARK}-saved`);

  // The server quotes what it refuses.
  project.write({
    "stacks/web.tf.json": secretive({
      kubernetes_service_v1: {
        bad: { metadata: { name: "bad" }, spec: { type: dollar("var.token"), port: [{ port: 80 }] } },
      },
    }),
  });
  const refused = await run("up", "--yes", ...VAR);
  expect(refused.exitCode).toBe(1);
  expect((await run("up", "--yes", "--output", "json", ...VAR)).exitCode).toBe(1);
  expect((await run("plan", ...VAR)).exitCode).toBe(1);
  expect((await run("validate", ...VAR)).exitCode).toBe(1);
  expect((await run("up", "--yes", "--var", `${MARK}`)).exitCode).toBe(1);

  const kube = await connectTo(home, "dev");
  const secretOf = async (name: string): Promise<Json> =>
    kube.get({ group: "", version: "v1", kind: "Secret", namespace: "default", name });
  const made = await secretOf("made");
  const token = Buffer.from((await secretOf("token")).data.token, "base64").toString();
  expect(token).toMatch(/^eyJ/);
  const password = Buffer.from(made.data.password, "base64").toString();
  expect(password).toHaveLength(24);
  const shown = await project.run(["output", "password", "--show-sensitive"]);
  expect(shown.stdout.trim()).toBe(password);

  await run("down", "--yes", "--output", "json", "--keep-cluster");
  await run("down", "--yes", "--delete-volumes", "--keep-cluster");
  const secrets = [
    MARK,
    ENCODED,
    "Zq7-literal-Xw9",
    Buffer.from("Zq7-literal-Xw9").toString("base64"),
    password,
    made.data.password,
    token,
    // What a token is known by: its signature.
    token.slice(token.lastIndexOf(".") + 1),
    Buffer.from(token).toString("base64"),
  ];
  const leaks = runs
    .map(([argv, { all }]) => [argv, holdsSecret(all, secrets)])
    .filter(([, found]) => found!.length > 0);
  expect(leaks).toEqual([]);
  const files = [...filesIn(home), ...filesIn(project.root)].filter((file) => !file.endsWith(".tf.json"));
  expect(files.filter((file) => holdsSecret(readFileSync(file, "utf8"), secrets).length > 0)).toEqual([]);
}, 90_000);

test("files with credentials are their owner's alone", async () => {
  const project = workplace(home, {
    "k8sctl.yaml": projectYaml("modes", ["stacks/web.tf.json"]),
    "stacks/web.tf.json": secretive(),
  });
  const mask = process.umask(0o000);
  onTestFinished(() => void process.umask(mask));
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect((await project.run(["cluster", "create"])).exitCode).toBe(0);
  const paths: string[] = [];
  for (const argv of [
    ["cluster", "kubeconfig"],
    ["cluster", "kubeconfig", "--out", "out/kubeconfig"],
    ["cluster", "credentials", "--format", "files", "--out", "credentials"],
    ["cluster", "credentials", "--format", "json", "--out", "out/credentials.json"],
    ["cluster", "credentials", "--format", "env", "--out", "out/env"],
    ["cluster", "credentials", "--format", "tfvars", "--out", "out/dev.tfvars"],
    ["synth", "--out", "terraform"],
  ]) {
    const run = await project.run(argv);
    expect(run.exitCode, run.all).toBe(0);
    paths.push(...run.stdout.trim().split("\n"));
  }
  expect(paths.length).toBeGreaterThan(9);
  expect(paths.map((path) => [path, mode(path), mode(join(path, ".."))])).toEqual(
    paths.map((path) => [path, "600", "700"]),
  );
  // On a terminal a key is shown only to who asks for it.
  const terminal = { columns: 80 };
  expect((await project.run(["cluster", "credentials"], { terminal })).stdout).not.toMatch(/PRIVATE KEY|key-data/);
  expect((await project.run(["cluster", "credentials", "--show"], { terminal })).stdout).toContain("client-key-data");
});
