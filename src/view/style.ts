/** What the terminal can show. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Words in place of symbols: a screen reader reads them out. */
  readonly spoken?: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * FORCE_COLOR wins over NO_COLOR, as in Node itself; NO_COLOR counts when it is not empty (no-color.org). Unicode needs
 * a UTF-8 locale (POSIX: LC_ALL before LC_CTYPE before LANG); Windows consoles of today have it without one.
 */
export function chooseStyle(terminal: { isTTY: boolean; env: Env; platform: string }): Style {
  const { env, isTTY } = terminal;
  const dumb = env.TERM === "dumb";
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return {
    ...(env.INK_SCREEN_READER === "true" ? { spoken: true } : {}),
    colour:
      env.FORCE_COLOR !== undefined
        ? env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false"
        : isTTY && !dumb && !env.NO_COLOR,
    unicode: !dumb && (/utf-?8/i.test(locale) || (terminal.platform === "win32" && locale === "")),
  };
}

export interface Symbols {
  readonly arrow: string;
  readonly ellipsis: string;
  readonly adopt: string;
  readonly done: string;
  readonly failed: string;
  readonly skipped: string;
  readonly waiting: string;
  readonly bar: string;
  readonly remedy: string;
  readonly full: string;
  readonly empty: string;
  /** Before the line that keys act on. */
  readonly pointer: string;
  readonly opened: string;
  readonly closed: string;
  readonly spinner: readonly string[];
}

const unicode: Symbols = {
  arrow: "→",
  ellipsis: "…",
  adopt: "⟳",
  done: "✔",
  failed: "✖",
  skipped: "↷",
  waiting: "·",
  bar: "│",
  remedy: "→",
  full: "█",
  empty: "░",
  pointer: "❯",
  opened: "▾",
  closed: "▸",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

const ascii: Symbols = {
  arrow: "->",
  ellipsis: "...",
  adopt: "@",
  done: "v",
  failed: "x",
  skipped: "s",
  waiting: ".",
  bar: "|",
  remedy: "=>",
  full: "#",
  empty: "-",
  pointer: ">",
  opened: "-",
  closed: "+",
  spinner: ["|", "/", "-", "\\"],
};

/** For those who hear the lines: what a symbol means, in place of its name. */
const spoken: Symbols = {
  ...ascii,
  arrow: "becomes",
  adopt: "adopt",
  done: "Done:",
  failed: "Failed:",
  skipped: "Skipped:",
  waiting: "Waiting:",
  bar: "log:",
  remedy: "Remedy:",
};

export function symbolsOf(style: Style): Symbols {
  if (style.spoken === true) return spoken;
  return style.unicode ? unicode : ascii;
}
