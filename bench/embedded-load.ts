/**
 * `npm run bench:load`: the embedded cluster, as the process that k8sctl starts, under 5,000 objects and 200 watches:
 * its memory, the time of applies and lists, and whether every watch saw every change. Nothing is asserted.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRunning } from "../src/embedded/state-folder.ts";
import { systemClock } from "../src/host/clock.ts";
import { embeddedCluster } from "../src/host/embedded.ts";

const objects = 5000;
const watches = 200;
const namespaces = 5;

const home = mkdtempSync(join(tmpdir(), "k8sctl-load-"));
const cluster = embeddedCluster("load", { clock: systemClock, env: { K8SCTL_HOME: home } });
try {
  await measure();
} finally {
  await cluster.delete(() => {});
  rmSync(home, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  await cluster.create(() => {});
  const { server, certificateAuthority, credentials } = await cluster.access();
  if (credentials.kind !== "certificate") throw new Error("no certificate");
  const pair = { ca: certificateAuthority ?? "", cert: credentials.certificate, key: credentials.key.reveal() };
  const agent = new Agent({ ...pair, keepAlive: true, maxSockets: 16 });
  const { pid } = readRunning(join(home, "embedded", "load"))!;
  const say = (what: string, value: string) => process.stdout.write(`${what.padEnd(44)} ${value}\n`);
  say("memory at rest", `${residentMegabytes(pid)} MB`);

  for (let n = 0; n < namespaces; n++)
    await apply(agent, server, "/api/v1/namespaces", "v1", "Namespace", `load-${n}`, {});
  let seen = 0;
  const watchAgent = new Agent({ ...pair, keepAlive: true });
  const open = Array.from({ length: watches }, (_, i) => {
    const path = `/api/v1/namespaces/load-${i % namespaces}/configmaps?watch=1&allowWatchBookmarks=true&labelSelector=load`;
    return watch(watchAgent, `${server}${path}`, (lines) => {
      seen += lines;
    });
  });
  await Promise.all(open.map(({ ready }) => ready));

  const started = performance.now();
  let firstThousand = 0;
  const pending = Array.from({ length: objects }, (_, i) => i);
  const workers = Array.from({ length: 16 }, async () => {
    for (let i = pending.shift(); i !== undefined; i = pending.shift()) {
      const data = { data: { number: String(i), text: "x".repeat(500) } };
      const path = `/api/v1/namespaces/load-${i % namespaces}/configmaps`;
      await apply(agent, server, path, "v1", "ConfigMap", `object-${i}`, data);
      if (i === 999) firstThousand = performance.now() - started;
    }
  });
  await Promise.all(workers);
  say(`first 1,000 applies, ${watches} watches open`, `${Math.round(firstThousand)} ms`);
  say(`${objects} applies`, `${Math.round(performance.now() - started)} ms`);

  const expected = (objects / namespaces) * watches;
  const patience = Date.now() + 30_000;
  while (seen < expected && Date.now() < patience) await systemClock.sleep(20);
  say(
    "events delivered",
    `${seen} of ${expected}, ${Math.round(performance.now() - started)} ms after the first apply`,
  );
  say("memory after that", `${residentMegabytes(pid)} MB (peak ${residentMegabytes(pid, "VmHWM")} MB)`);

  const lists: number[] = [];
  for (let n = 0; n < 20; n++) {
    const began = performance.now();
    await send(agent, `${server}/api/v1/namespaces/load-1/configmaps`, {}, "GET", "");
    lists.push(performance.now() - began);
  }
  say("list of 1,000 objects, median of 20", `${lists.sort((a, b) => a - b)[10]!.toFixed(1)} ms`);
  const before = processorTicks(pid);
  await systemClock.sleep(3000);
  say("processor time in 3 idle seconds", `${(processorTicks(pid) - before) * 10} ms`);
  for (const { close } of open) close();
  agent.destroy();
  watchAgent.destroy();
}

function residentMegabytes(pid: number, field = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
}

/** User and system time in hundredths of a second. */
function processorTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function apply(
  agent: Agent,
  server: string,
  path: string,
  apiVersion: string,
  kind: string,
  name: string,
  rest: object,
): Promise<void> {
  const headers = { "content-type": "application/apply-patch+yaml" };
  const body = JSON.stringify({ apiVersion, kind, metadata: { name, labels: { load: "yes" } }, ...rest });
  const status = await send(agent, `${server}${path}/${name}?fieldManager=load`, headers, "PATCH", body);
  if (status >= 300) throw new Error(`${kind} ${name}: ${status}`);
}

function send(
  agent: Agent,
  url: string,
  headers: Record<string, string>,
  method: string,
  body: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sized = body === "" ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) };
    const outgoing = request(url, { agent, method, headers: sized }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function watch(agent: Agent, url: string, seen: (lines: number) => void): { ready: Promise<void>; close(): void } {
  const outgoing = request(url, { agent });
  const ready = new Promise<void>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      resolve();
      response.on("error", () => {});
      response.on("data", (chunk: Buffer) => {
        let lines = 0;
        for (const byte of chunk) if (byte === 0x0a) lines++;
        seen(lines);
      });
    });
  });
  outgoing.end();
  return { ready, close: () => outgoing.destroy() };
}
