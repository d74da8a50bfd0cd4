import type { Command } from "commander";
import { userError } from "../../model/errors.ts";
import type { CliIo } from "../io.ts";

interface Words {
  /** Command words so far: "", "cluster", "cluster create". */
  readonly path: string;
  readonly commands: readonly string[];
  readonly flags: readonly string[];
}

/** Prints a script that completes commands and options, made from the command line's own definition. */
export async function run(io: CliIo, _options: unknown, args: readonly string[], self: Command): Promise<number> {
  const shell = args[0] ?? "";
  const script = SCRIPTS[shell];
  if (script === undefined) {
    throw userError("unknown-shell", `no completion for "${shell}"`, { remedy: "use bash, zsh or fish" });
  }
  const found: Words[] = [];
  collect(self.parent ?? self, "", found);
  io.stdout.write(script(found));
  return 0;
}

function collect(command: Command, path: string, found: Words[]): void {
  const commands = command.commands.filter((sub) => sub.name() !== "help");
  const flags = command.options.flatMap((option) => [option.long, option.short].filter((flag) => flag != null));
  found.push({ path, commands: commands.map((sub) => sub.name()), flags: [...(flags as string[]), "--help"] });
  for (const sub of commands) collect(sub, `${path} ${sub.name()}`.trim(), found);
}

function bash(words: readonly Words[]): string {
  // An option's value is no command: only words that are one lead deeper.
  const known = words.map((w) => `"${w.path}"`).filter((path) => path !== '""');
  const cases = words.map((w) => `    "${w.path}") words="${[...w.commands, ...w.flags].join(" ")}" ;;`);
  return `# k8sctl completion for bash
_k8sctl() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${known.join("|")}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _k8sctl k8sctl
`;
}

function fish(words: readonly Words[]): string {
  const lines = words.flatMap(({ path, commands, flags }) => {
    const when = path === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${path.split(" ").at(-1)}`;
    const line = (rest: string): string => `complete -c k8sctl -n "${when}" ${rest}`;
    return [
      ...commands.map((name) => line(`-a ${name}`)),
      ...flags.map((flag) => line(flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
    ];
  });
  return ["# k8sctl completion for fish", "complete -c k8sctl -f", ...lines, ""].join("\n");
}

const SCRIPTS: Readonly<Record<string, (words: readonly Words[]) => string>> = {
  bash,
  zsh: (words) => `#compdef k8sctl\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`,
  fish,
};
