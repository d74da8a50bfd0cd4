import type { Command } from "commander";

/** What other tools call it: the verbs that hands type before eyes have read our list. */
const elsewhere: Readonly<Record<string, string>> = {
  create: "k8sctl up",
  delete: "k8sctl down",
  deploy: "k8sctl up",
  destroy: "k8sctl down",
  diff: "k8sctl plan",
  forward: "k8sctl port-forward",
  get: "k8sctl status",
  install: "k8sctl up",
  lint: "k8sctl validate",
  list: "k8sctl state list",
  ls: "k8sctl state list",
  preview: "k8sctl plan",
  refresh: "k8sctl plan --refresh-only",
  remove: "k8sctl down",
  show: "k8sctl state show",
  template: "k8sctl synth --objects",
  undo: "k8sctl rollback",
  uninstall: "k8sctl down",
  version: "k8sctl --version",
  watch: "k8sctl status --watch",
};

/** The command as it is typed: "k8sctl cluster create". */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** What commander says of wrong usage, as all our errors read: what is wrong, then one line on what to do. */
export function usageError(text: string, command: Command): string {
  const [first = "", hint = ""] = text.trimEnd().split("\n");
  const said = first.replace(/^error: /, "");
  const message = said
    .replace(/^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (\w)/, (_all, ...parts: string[]) =>
      valueProblem(parts),
    )
    .replace(
      /^command-argument value '(.*)' is invalid for argument '(.+)'\. (\w)/,
      (_all, value: string, name: string, letter: string) => valueProblem([`<${name}>`, value, letter]),
    )
    .replace(
      /^too many arguments for '(.+)'\. Expected (\d+) arguments? but got (\d+)\.?/,
      (_all, ...parts: string[]) => tooMany(command, parts),
    )
    .replace(/'([^']*)'/g, '"$1"')
    .replace(/\.$/, "");
  return `Error: ${message}\n  → ${[meant(said, hint, command), more(said, command)].filter((t) => t !== "").join(" ")}\n`;
}

function valueProblem([name = "", value = "", letter = ""]: readonly string[]): string {
  return `${name} ${value}: ${letter.toLowerCase()}`;
}

function tooMany(command: Command, [, expected = "", got = ""]: readonly string[]): string {
  const takes = expected === "0" ? "no arguments" : `${expected} argument${expected === "1" ? "" : "s"}`;
  return `${pathOf(command)} takes ${takes}, not ${got}`;
}

function meant(said: string, hint: string, command: Command): string {
  const word = /^unknown command '(.+)'$/.exec(said)?.[1] ?? "";
  if (command.parent === null && Object.hasOwn(elsewhere, word)) return `did you mean \`${elsewhere[word]}\`?`;
  if (command.name() === "state" && word === "mv")
    return "objects go by kind and name; values move by `moved` (docs/deleting.md).";
  const near = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(hint)?.[1];
  return near === undefined ? "" : `did you mean ${near.split(", ").join(" or ")}?`;
}

function more(said: string, command: Command): string {
  const help = `\`${pathOf(command)} --help\``;
  if (said.startsWith("unknown command")) return `${help} lists the commands`;
  return said.startsWith("unknown option") ? `${help} lists the options` : `${help} shows how it is called`;
}
