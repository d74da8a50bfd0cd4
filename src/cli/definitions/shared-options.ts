import { type Command, InvalidArgumentError, Option } from "commander";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";

/** What a command module exports. It is loaded only when its command runs. */
interface CommandModule {
  run(io: CliIo, options: Options, args: readonly string[], self: Command): Promise<number>;
}

export type Load = () => Promise<CommandModule>;

/** Gives a command its action: which module does the work. */
export type Register = (command: Command, load: Load) => Command;

/** Options that every command on a project takes. */
export function project(command: Command, stacks = true): Command {
  command
    .option("-C, --project <dir>", "folder of k8sctl.yaml (default: this one)")
    .addOption(new Option("-o, --output <format>", "plain or json").choices(["plain", "json"]))
    .option("--no-color", "no colours (also: NO_COLOR=1)");
  return stacks ? stacksOf(command).addOption(variables()) : command;
}

/** Options of commands that work on what the cluster holds, and run no stack code. */
export function withoutCode(command: Command): Command {
  return stacksOf(project(command, false));
}

/** As `withoutCode`, for commands that name stacks as arguments. */
export const cluster = (command: Command): Command => clusterOf(project(command, false));

function stacksOf(command: Command): Command {
  return clusterOf(command).addOption(
    new Option("--stack <name>", "only this stack and what it needs; may be repeated").argParser(collect),
  );
}

function clusterOf(command: Command): Command {
  return command.option(
    "--cluster <name>",
    "cluster of k8sctl.yaml (default: K8SCTL_CLUSTER, else its defaultCluster)",
  );
}

const variables = (): Option =>
  new Option("--var <key=value>", "value for the stacks; may be repeated").argParser(collect);

export const take = (): Option =>
  new Option(
    "--take <field>",
    'take this field from whoever owns it: spec.replicas, "Deployment web/shop:spec.replicas"; may be repeated',
  ).argParser(collect);
export const yieldField = (): Option =>
  new Option("--yield <field>", "leave this field to whoever else owns it; may be repeated").argParser(collect);

export const yes = (): Option => new Option("-y, --yes", "do not ask");
export const parallelism = (): Option =>
  new Option("--parallelism <n>", "requests at a time").default(16).argParser(wholeNumber(1, 256));
export const onFailure = (): Option =>
  new Option("--on-failure <what>", "what becomes of a run that fails: keep, or roll back to the last good revision")
    .choices(["keep", "rollback"])
    .default("keep");
export const timeout = (): Option =>
  new Option("--timeout <duration>", "give up waiting after this long: 90s, 10m, 2h, or seconds").argParser(limit);

export const noWait = (): Option =>
  new Option("--no-wait", "end when all is applied; wait only for what something else waits for");

/** What a run leaves for people and programs that were not there. */
export function reports(command: Command): Command {
  return command
    .addOption(
      new Option("--report <file>", "write a report: .md, .html, .json or .xml (JUnit); may be repeated").argParser(
        collect,
      ),
    )
    .addOption(
      new Option("--ci <style>", "annotations for GitHub (on its own there) or sections for GitLab")
        .choices(["auto", "github", "gitlab", "none"])
        .default("auto"),
    );
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** As `duration`; a number alone is seconds. From a second to a day. */
function limit(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : duration(text);
  if (seconds >= 1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("It must be from 1s to 24h.");
}

/** `90s`, `10m`, `2h`, `1d` as seconds. */
export function duration(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === "") throw new InvalidArgumentError("It must be a number with a unit: 30s, 10m, 2h or 1d.");
  return Number(number) * (UNITS[unit] ?? 1);
}
