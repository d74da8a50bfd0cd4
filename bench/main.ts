/**
 * `npm run bench`: how long the built k8sctl takes and how much memory, as whole processes, beside bare requests that
 * do the same. Prints a table; `--json FILE` keeps all figures. Nothing is asserted.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureObjects, measureProject, measureStart } from "./cases.ts";
import { measureDecode } from "./decode.ts";
import { Figures } from "./figures.ts";
import { measurePeers } from "./peers.ts";
import { RawRequests } from "./raw-requests.ts";
import { renderReport } from "./report.ts";
import { parseSettings, type Settings, usage } from "./settings.ts";
import { openTarget } from "./target-cluster.ts";
import { compareTargets, type Target } from "./targets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const settings = parseSettings(process.argv.slice(2));
if (settings === "help") {
  process.stdout.write(usage);
  process.exit(0);
}

const scratch = mkdtempSync(join(tmpdir(), "k8sctl-bench-"));
const figures = new Figures();
const target = await openTarget(settings, root, scratch);
const raw = new RawRequests(target.access);
const bench = { root, scratch, target, raw, figures, note: (text: string) => process.stderr.write(`${text}\n`) };
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void cleanUp().finally(() => process.exit(130));
  });
}
try {
  const version = await raw.version();
  bench.note(`node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, ${target.label} ${version}`);
  const targets = settings.peers ? await measureAllPeers(settings) : await measureOurselves(settings);
  process.stdout.write(renderReport(figures.all(), targets));
  if (settings.jsonFile !== null) {
    const machine = { node: process.version, cpus: availableParallelism(), cpu: cpus()[0]?.model ?? "" };
    const cluster = { label: target.label, version };
    writeFileSync(
      settings.jsonFile,
      `${JSON.stringify({ v: 1, machine, cluster, figures: figures.all(), targets }, null, 2)}\n`,
    );
  }
} finally {
  await cleanUp();
}

async function measureOurselves(settings: Settings): Promise<Target[]> {
  await measureStart(bench, settings.runs);
  measureDecode(figures, settings.runs);
  const project = await measureProject(bench, settings.runs);
  for (const size of settings.sizes) await measureObjects(bench, size, settings.runs);
  return compareTargets(figures, project);
}

async function measureAllPeers(settings: Settings): Promise<Target[]> {
  for (const size of settings.sizes) await measurePeers(bench, size, settings.runs);
  return [];
}

async function cleanUp(): Promise<void> {
  raw.close();
  await target.end();
  rmSync(scratch, { recursive: true, force: true });
}
