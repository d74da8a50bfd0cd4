import type { Problem } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import type { StackRequest } from "./synth-protocol.ts";

/** Which vars the stacks' code asks for: code of one's own does not say which names it knows. */
export class VarReads {
  readonly #asked = new Map<StackRequest, Set<string>>();

  /** The vars of a stack, for its constructor. */
  watched(stack: StackRequest): JsonObject {
    const asked = new Set<string>();
    this.#asked.set(stack, asked);
    const note = (name: string | symbol): void => {
      if (typeof name === "string") asked.add(name);
    };
    return new Proxy(stack.vars, {
      get: (vars, name) => {
        note(name);
        return Reflect.get(vars, name);
      },
      has: (vars, name) => {
        note(name);
        return Reflect.has(vars, name);
      },
      // Who takes them all asks for none by name.
      ownKeys: (vars) => {
        for (const name of Object.keys(vars)) asked.add(name);
        return Reflect.ownKeys(vars);
      },
    });
  }

  /**
   * Vars that nobody asked for, while a stack asked in vain for a name like theirs: most likely slips. So is whatever
   * `--var` names and nobody reads. A warning only, as a var may be read on some condition.
   */
  slips(): Problem[] {
    const read = new Set([...this.#asked.values()].flatMap((asked) => [...asked]));
    const slips = new Map<string, Problem>();
    for (const name of this.#typed()) {
      if (read.has(name)) continue;
      const remedy =
        didYouMean(name, read) ?? (read.size > 8 ? "mind its spelling" : `they read ${[...read].join(", ") || "none"}`);
      slips.set(name, { code: "var-unread", message: `--var ${name}: no stack reads it`, remedy, severity: "warning" });
    }
    for (const [stack, asked] of this.#asked) {
      const absent = [...asked].filter((name) => !Object.hasOwn(stack.vars, name));
      for (const name of Object.keys(stack.varPositions)) {
        if (asked.has(name) || (!stack.own.includes(name) && read.has(name))) continue;
        const remedy = didYouMean(name, absent);
        if (remedy === undefined) continue;
        const position = stack.varPositions[name]!;
        const message = `the code of ${stack.name} does not read the var ${name}`;
        slips.set(`${name} ${JSON.stringify(position)}`, {
          ...{ code: "var-unread", message, remedy, severity: "warning", position },
        });
      }
    }
    return [...slips.values()];
  }

  /** Names of `--var`: all that no line of k8sctl.yaml gives. */
  #typed(): Set<string> {
    const names = [...this.#asked.keys()].flatMap(({ vars, varPositions }) =>
      Object.keys(vars).filter((name) => !Object.hasOwn(varPositions, name)),
    );
    return new Set(names);
  }
}
