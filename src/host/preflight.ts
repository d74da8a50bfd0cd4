import { type Problem, UserError } from "../model/errors.ts";
import type { Exec, ExecResult } from "../ports.ts";

/** A daemon that hangs is as good as none. */
const TIMEOUT_MS = 20_000;

/**
 * The container engine that kind uses: KIND_EXPERIMENTAL_PROVIDER, as kind reads it, else Docker
 * (https://kind.sigs.k8s.io/docs/user/rootless/).
 */
export function engineOf(env: Readonly<Record<string, string | undefined>>): string {
  const named = env["KIND_EXPERIMENTAL_PROVIDER"];
  return named === "podman" || named === "nerdctl" ? named : "docker";
}

/** What keeps kind from working on this machine: nothing, or `kind-missing`, `docker-missing`, `docker-not-running` ... */
export async function preflightKind(exec: Exec, engine: string): Promise<Problem[]> {
  const problems = await Promise.all([engineProblem(exec, engine), kindProblem(exec)]);
  return problems.filter((problem) => problem !== null);
}

/** The server's version, or why there is none. */
export async function engineVersion(exec: Exec, engine: string): Promise<string | Problem> {
  const result = await runOrProblem(
    exec,
    [engine, "version", "--format", "{{.Server.Version}}"],
    `${engine}-not-running`,
  );
  if (!("exitCode" in result)) return result;
  const version = result.stdout.trim();
  return result.exitCode === 0 && version !== "" ? version : daemonProblem(engine, result.stderr);
}

/** `0.30.0`, or why there is none. */
export async function kindVersion(exec: Exec): Promise<string | Problem> {
  const result = await runOrProblem(exec, ["kind", "version"], "kind-failed");
  if (!("exitCode" in result)) return result;
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(result.stdout)?.[1];
  if (result.exitCode === 0 && version !== undefined) return version;
  return problem("kind-failed", `kind does not tell its version (${firstLine(result.stderr)})`, "install kind again");
}

async function engineProblem(exec: Exec, engine: string): Promise<Problem | null> {
  const found = await engineVersion(exec, engine);
  return typeof found === "string" ? null : found;
}

async function kindProblem(exec: Exec): Promise<Problem | null> {
  const found = await kindVersion(exec);
  return typeof found === "string" ? null : found;
}

async function runOrProblem(
  exec: Exec,
  argv: readonly [string, ...string[]],
  otherwise: string,
): Promise<ExecResult | Problem> {
  try {
    return await exec.run(argv, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [first] = error.problems;
    return { ...first!, code: first!.code === "program-missing" ? `${argv[0]}-missing` : otherwise };
  }
}

function daemonProblem(engine: string, stderr: string): Problem {
  const embedded = "or use --cluster embedded, which needs no containers";
  const name = engine === "docker" ? "Docker" : engine;
  if (/permission denied/i.test(stderr)) {
    return problem(
      `${engine}-denied`,
      `${name} runs, but this user may not use it`,
      engine === "docker"
        ? `add the user to the group docker (sudo usermod -aG docker "$USER") and log in again, ${embedded}`
        : `run it as a user who may, ${embedded}`,
    );
  }
  const message = `${name} is installed but does not answer (${firstLine(stderr)})`;
  return problem(`${engine}-not-running`, message, `start ${name}, ${embedded}`);
}

function problem(code: string, message: string, remedy: string): Problem {
  return { code, message, remedy, severity: "error" };
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] || "it says nothing";
}
