import { assertNever } from "../model/json.ts";
import type { CommandWords, FlagWords, Values } from "./completion-words.ts";

/** Words are our own: letters, digits and dashes, which no shell reads in another way. */
export function bashScript(all: readonly CommandWords[]): string {
  const paths = all.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(" ")}"`);
  const values = all.flatMap(({ path, flags }) =>
    flags.flatMap((flag) => (flag.values === null ? [] : [valueCase(path, flag, flag.values)])),
  );
  const words = all.map(({ path, commands, flags, values: of }) => {
    const fixed = [...commands, ...(of?.type === "choices" ? of.list : [])];
    const asked = of === null || of.type === "choices" ? "" : `; ${bashValues(of)}`;
    const flagWords = flags.flatMap(({ names }) => names).join(" ");
    return `    "${path.join(" ")}") words="${fixed.join(" ")}"${asked}; flags="${flagWords}" ;;`;
  });
  return `# k8sctl completion for bash
_k8sctl_files() {
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -f -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_k8sctl() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" lead="" word words="" flags=""
  COMPREPLY=()
  # bash takes --flag=value apart at the sign.
  if [ "$cur" = "=" ]; then cur=""
  elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  # An option's value is no command: only words that lead one deeper. (zsh would search programs in a "path".)
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    case "\${lead:+$lead }$word" in ${paths.join("|")}) lead="\${lead:+$lead }$word" ;; esac
  done
  case "$lead $prev" in
${values.join("\n")}
    *) case "$lead" in
${words.join("\n")}
    esac ;;
  esac
  # Where words or files can stand, options come when they are begun.
  case "$cur" in
    -*) words="$flags" ;;
    "") [ -n "$words\${COMPREPLY[*]}" ] || words="$flags" ;;
  esac
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}
complete -F _k8sctl k8sctl
`;
}

function valueCase(path: readonly string[], { names }: FlagWords, values: Values): string {
  const patterns = names.map((name) => `"${path.join(" ")} ${name}"`);
  return `    ${patterns.join("|")}) ${values.type === "choices" ? `words="${values.list.join(" ")}"` : bashValues(values)} ;;`;
}

function bashValues(values: Exclude<Values, { type: "choices" }>): string {
  switch (values.type) {
    case "clusters":
    case "stacks":
      return `words="$words $("\${COMP_WORDS[0]}" completion ${values.type} 2>/dev/null)"`;
    case "files":
      return "_k8sctl_files";
    case "free":
      return ":";
    default:
      return assertNever(values);
  }
}

/** zsh runs bash's script; compinit must have run, and has not in every ~/.zshrc. */
export function zshScript(all: readonly CommandWords[]): string {
  return `#compdef k8sctl
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
autoload -Uz +X bashcompinit && bashcompinit
${bashScript(all)}`;
}

export function fishScript(all: readonly CommandWords[]): string {
  const lines = all.flatMap((command) => {
    const when = fishCondition(command);
    const line = (rest: string): string => `complete -c k8sctl -n "${when}" ${rest}`;
    const about = (path: readonly string[]): string =>
      quoted(all.find((other) => other.path.join(" ") === path.join(" "))?.about ?? "");
    return [
      ...command.commands.map((name) => line(`-a ${name} -d ${about([...command.path, name])}`)),
      ...(command.values === null ? [] : [line(fishValues(command.values))]),
      ...command.flags.map(({ names, about: text, values }) =>
        line(
          `${names.map(fishName).join(" ")} -d ${quoted(text)}${values === null ? "" : ` ${fishValues(values, true)}`}`,
        ),
      ),
    ];
  });
  return ["# k8sctl completion for fish", "complete -c k8sctl -f", ...lines, ""].join("\n");
}

function fishCondition({ path, commands }: CommandWords): string {
  if (path.length === 0) return "__fish_use_subcommand";
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
  return commands.length === 0 ? seen : `${seen}; and not __fish_seen_subcommand_from ${commands.join(" ")}`;
}

function fishName(name: string): string {
  return name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
}

function fishValues(values: Values, required = false): string {
  const must = required ? "-x " : "";
  switch (values.type) {
    case "choices":
      return `${must}-a "${values.list.join(" ")}"`;
    case "clusters":
    case "stacks":
      return `${must}-a "(k8sctl completion ${values.type} 2>/dev/null)"`;
    case "files":
      return required ? "-r -F" : "-F";
    case "free":
      return required ? "-x" : "-f";
    default:
      return assertNever(values);
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
