import type { Command, Option } from "commander";

/** What may stand where a value is wanted. */
export type Values =
  | { readonly type: "choices"; readonly list: readonly string[] }
  /** Names of k8sctl.yaml in the working directory, asked for when they are wanted. */
  | { readonly type: "clusters" | "stacks" }
  | { readonly type: "files" }
  /** Numbers and the like: nothing to offer. */
  | { readonly type: "free" };

export interface FlagWords {
  /** `--output` and `-o`. */
  readonly names: readonly string[];
  readonly about: string;
  /** null: the flag takes no value. */
  readonly values: Values | null;
}

export interface CommandWords {
  /** As it is typed, without the program: [] for the program itself, ["cluster", "create"]. */
  readonly path: readonly string[];
  readonly about: string;
  readonly commands: readonly string[];
  readonly flags: readonly FlagWords[];
  /** Of its arguments; null where it takes none. */
  readonly values: Values | null;
}

/** All that can be completed, from the command line's own definition: each command before those inside of it. */
export function completionWords(program: Command): CommandWords[] {
  return wordsOf(program, []);
}

function wordsOf(command: Command, path: readonly string[]): CommandWords[] {
  const own: CommandWords = {
    path,
    about: command.description(),
    commands: command.commands.map((sub) => sub.name()),
    flags: [...command.options.map(flagOf), { names: ["--help", "-h"], about: "show help", values: null }],
    values: argumentsOf(command),
  };
  return [own, ...command.commands.flatMap((sub) => wordsOf(sub, [...path, sub.name()]))];
}

function flagOf(option: Option): FlagWords {
  const names = [option.long, option.short].filter((name) => name != null);
  return { names, about: option.description, values: option.required ? valuesOf(option) : null };
}

function valuesOf({ long, argChoices }: Option): Values {
  if (argChoices !== undefined) return { type: "choices", list: argChoices };
  switch (long) {
    case "--cluster":
      return { type: "clusters" };
    case "--stack":
      return { type: "stacks" };
    case "--out":
    case "--project":
    case "--report":
      return { type: "files" };
    default:
      return { type: "free" };
  }
}

function argumentsOf(command: Command): Values | null {
  const [first] = command.registeredArguments;
  if (first === undefined) return null;
  if (command.name() === "completion") return { type: "choices", list: ["bash", "zsh", "fish"] };
  if (first.name() === "target") return { type: "stacks" };
  if (command.name() === "help") return { type: "choices", list: command.parent!.commands.map((sub) => sub.name()) };
  return ["planfile", "dir"].includes(first.name()) ? { type: "files" } : { type: "free" };
}
