import { existsSync, rmSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyExample, type KindProject } from "./project.ts";

const NAME = "terraform-learn";
const PAGE = "http://127.0.0.1:30201/";
let project: KindProject;

beforeAll(async () => {
  project = copyExample("00-terraform-learn");
  // What an earlier run left when it was killed.
  await project.run("kind", "delete", "cluster", "--name", NAME);
});
afterAll(async () => {
  await project.run("kind", "delete", "cluster", "--name", NAME);
  project.remove();
});

/** The page through the mapped port, once something answers: right after a start kube-proxy may lag behind. */
async function page(): Promise<string> {
  for (;;) {
    const text = await fetch(PAGE, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.text(),
      () => null,
    );
    if (text !== null) return text;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

interface Credentials {
  readonly host: string;
  readonly clusterCaCertificate: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

async function get(
  path: string,
  given: Credentials,
  withCertificate: boolean,
): Promise<{ status: number; body: string }> {
  const pair = withCertificate ? { cert: given.clientCertificate, key: given.clientKey } : {};
  return new Promise((resolve, reject) => {
    const asked = request(`${given.host}${path}`, { ca: given.clusterCaCertificate, ...pair }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString("utf8") }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("plan shows the cluster that up would create", async () => {
  const { exitCode, stdout } = await project.k8sctl("plan", "--detailed-exitcode");
  expect(stdout).toMatch(/^\+ cluster kind\/terraform-learn {2}will be created/m);
  expect(exitCode).toBe(2);
});

test("up goes from nothing to a page that answers through the mapped port", async () => {
  const { exitCode, stdout, stderr } = await project.k8sctl("up", "--yes");
  expect(`${stdout}${stderr}`).toContain("Deployment learn/nginx (nginx) ready 2/2");
  expect(exitCode).toBe(0);
  expect(await page()).toContain("nginx");
});

test("a second run changes nothing", async () => {
  const { exitCode, stdout } = await project.k8sctl("up", "--yes", "--detailed-exitcode");
  expect(stdout).toContain("3 unchanged");
  expect(exitCode).toBe(0);
});

test("the credentials prove themselves over mutual TLS, and are refused without the certificate", async () => {
  const { stdout } = await project.k8sctl("cluster", "credentials", "--format", "json");
  const given = JSON.parse(stdout) as Credentials;
  const pods = "/api/v1/namespaces/learn/pods";
  const answer = await get(pods, given, true);
  expect(answer.status).toBe(200);
  const phases = (JSON.parse(answer.body) as { items: { status: { phase: string } }[] }).items.map(
    (p) => p.status.phase,
  );
  expect(phases).toEqual(["Running", "Running"]);
  expect((await get(pods, given, false)).status).toBe(403);
});

test("an edit with kubectl is drift, and up takes it back", async () => {
  await project.run("kubectl", "scale", "-n", "learn", "deployment/nginx", "--replicas=1");
  const plan = await project.k8sctl("plan", "--detailed-exitcode");
  expect(plan.stdout).toMatch(/spec\.replicas\s+1 → 2/);
  expect(plan.exitCode).toBe(2);
  expect((await project.k8sctl("up", "--yes")).exitCode).toBe(0);
});

test("an image that does not exist ends early with the reason, and the next run mends it", async () => {
  project.edit("stacks/nginx.ts", "nginx:1.29.3-alpine", "nginx:0.0.0-missing");
  const bad = await project.k8sctl("up", "--yes", "--timeout", "120");
  expect(`${bad.stdout}${bad.stderr}`).toMatch(/nginx:0\.0\.0-missing/);
  expect(bad.exitCode).toBe(3);
  project.edit("stacks/nginx.ts", "nginx:0.0.0-missing", "nginx:1.29.3-alpine");
  expect((await project.k8sctl("up", "--yes")).exitCode).toBe(0);
});

test("a stopped node is started again", async () => {
  await project.run("docker", "stop", `${NAME}-control-plane`);
  const { exitCode, stdout } = await project.k8sctl("plan", "--detailed-exitcode");
  expect(stdout).toContain("No changes");
  expect(exitCode).toBe(0);
});

test("down leaves a cluster that k8sctl does not know as its own; named, it goes", async () => {
  rmSync(join(project.home, "kind", `${NAME}.json`));
  const { exitCode, stdout, stderr } = await project.k8sctl("down", "--yes");
  expect(`${stdout}${stderr}`).toContain("k8sctl did not create it");
  expect(exitCode).toBe(0);
  expect((await project.run("kind", "get", "clusters")).stdout).toContain(NAME);
  expect((await project.k8sctl("cluster", "delete", "--yes")).exitCode).toBe(0);
  expect((await project.run("kind", "get", "clusters")).stdout).not.toContain(NAME);
});

test("create and down leave nothing behind", async () => {
  expect((await project.k8sctl("cluster", "create")).exitCode).toBe(0);
  expect((await project.k8sctl("down", "--yes")).exitCode).toBe(0);
  expect((await project.run("docker", "ps", "-aq", "--filter", `label=io.x-k8s.kind.cluster=${NAME}`)).stdout).toBe("");
  expect((await project.run("kubectl", "config", "get-contexts", "-o", "name")).stdout).toBe("");
  expect(existsSync(join(project.home, "kind", `${NAME}.json`))).toBe(false);
});
