import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterAll, onTestFinished } from "vitest";
import { main } from "../../src/cli/main.ts";
import { systemClock } from "../../src/host/clock.ts";
import { embeddedCluster } from "../../src/host/embedded.ts";
import { systemExec } from "../../src/host/exec.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import type { Kube } from "../../src/ports.ts";

/** What one command line did. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr, for what must be nowhere. */
  readonly all: string;
  /** stdout as NDJSON. */
  readonly lines: readonly Json[];
}

// biome-ignore lint/suspicious/noExplicitAny: what a program printed has no type; each test looks at what it needs.
export type Json = any;

export interface Terminal {
  readonly columns: number;
  /** Typed when the program reads. */
  readonly input?: string;
}

export interface Settings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly terminal?: Terminal;
  /** Told of all that is printed so far, after each piece; may interrupt. */
  readonly onPrint?: (text: string, interrupt: () => void) => void;
}

/** A folder for K8SCTL_HOME, shared by the tests of a file; its embedded clusters end with the file. */
export function temporaryHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "k8sctl-home-")));
  afterAll(() => removeHome(home));
  return home;
}

/** As `temporaryHome`, for one test alone. */
export function homeOfTest(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "k8sctl-home-")));
  onTestFinished(() => removeHome(home));
  return home;
}

async function removeHome(home: string): Promise<void> {
  for (const name of namesIn(join(home, "embedded"))) {
    await embeddedCluster(name, { clock: systemClock, env: { K8SCTL_HOME: home } }).delete(() => {});
  }
  rmSync(home, { recursive: true, force: true });
}

function namesIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}

export interface Workplace {
  readonly root: string;
  /** Runs `k8sctl ...argv` in this process, in the project's folder. */
  run(argv: readonly string[], settings?: Settings): Promise<Outcome>;
  /** Replaces or adds files; null removes. */
  write(files: Readonly<Record<string, string | null>>): void;
}

/** A project in a folder of its own that is removed when the test ends. */
export function workplace(home: string, files: Readonly<Record<string, string>>): Workplace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "k8sctl-cli-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write: Workplace["write"] = (texts) => {
    for (const [name, text] of Object.entries(texts)) {
      if (text === null) rmSync(join(root, name), { force: true });
      else {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), text);
      }
    }
  };
  write(files);
  return { root, write, run: (argv, settings = {}) => runMain(root, home, argv, settings) };
}

/** Runs `k8sctl ...argv` in the folder; for set-up. Tests use a `workplace`. */
export async function runMain(
  root: string,
  home: string,
  argv: readonly string[],
  settings: Settings = {},
): Promise<Outcome> {
  const { terminal } = settings;
  const listeners = new Set<() => void>();
  const interrupt = (): void => {
    for (const listener of [...listeners]) listener();
  };
  let all = "";
  const collector = () => {
    const chunks: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        chunks.push(String(chunk));
        all += String(chunk);
        done();
        settings.onPrint?.(all, interrupt);
      },
    });
    if (terminal !== undefined) Object.assign(stream, { isTTY: true, columns: terminal.columns, rows: 24 });
    return { stream, text: () => chunks.join("") };
  };
  const stdout = collector();
  const stderr = collector();
  const stdin = Readable.from(terminal?.input === undefined ? [] : [terminal.input]);
  if (terminal !== undefined) Object.assign(stdin, { isTTY: true });
  const exitCode = await main({
    argv,
    cwd: root,
    env: { PATH: process.env.PATH, HOME: home, K8SCTL_HOME: home, CI: "true", LANG: "C.UTF-8", ...settings.env },
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return {
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
    all,
    get lines() {
      return ndjson(stdout.text());
    },
  };
}

export function ndjson(text: string): Json[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** A connection of the test's own to an embedded cluster that exists. */
export async function connectTo(home: string, name: string): Promise<Kube> {
  const access = await embeddedCluster(name, { clock: systemClock, env: { K8SCTL_HOME: home } }).access();
  const kube = openKube(access, { exec: systemExec, clock: systemClock });
  onTestFinished(() => kube.close());
  return kube;
}
