import type { KeyName } from "./look.ts";

/** What Ink's `useInput` tells of a key. */
export interface Key {
  readonly ctrl: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
}

const letters: Readonly<Record<string, KeyName>> = {
  k: "up",
  j: "down",
  b: "page-up",
  " ": "page-down",
  g: "home",
  G: "end",
  o: "enter",
  f: "filter",
  v: "verdict",
  l: "logs",
  p: "plan",
  "?": "help",
  h: "help",
  q: "quit",
};

/** The keys that were pressed: keys that come fast arrive as one input. Letters with Ctrl mean nothing here. */
export function keyNames(input: string, key: Key): KeyName[] {
  if (key.upArrow) return ["up"];
  if (key.downArrow) return ["down"];
  if (key.pageUp) return ["page-up"];
  if (key.pageDown) return ["page-down"];
  if (key.home) return ["home"];
  if (key.end) return ["end"];
  if (key.return || key.rightArrow) return ["enter"];
  if (key.escape || key.leftArrow) return ["back"];
  if (key.ctrl) return [];
  return [...input].flatMap((letter) => letters[letter] ?? []);
}

export const HELP: readonly (readonly [keys: string, what: string])[] = [
  ["↑ ↓  j k", "choose a line; scroll"],
  ["PgUp PgDn  b space", "a page up or down"],
  ["g G", "to the beginning, to the end"],
  ["Enter  →", "open or close a stack; show an object"],
  ["Esc  ←", "back; twice: the overview that chooses by itself"],
  ["f", "only what fails, or everything again"],
  ["v", "the next verdict"],
  ["l", "follow the logs of the chosen object's pods"],
  ["p", "the plan"],
  ["q  Ctrl-C", "leave: start nothing new, let the rollout go on (`k8sctl status --watch` shows it)"],
  ["Ctrl-C twice", "stop at once"],
];
