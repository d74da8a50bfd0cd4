import type { Plan } from "../../model/plan.ts";
import type { PlanTextOptions } from "../field-lines.ts";
import type { Line } from "../line.ts";
import { paintAll } from "../line.ts";
import { planLines } from "../plan-text.ts";
import type { Style } from "../style.ts";

/** The newest plan as lines of the terminal's width; told once whether it has been printed for good. */
export class PlanPane {
  readonly #style: Style;
  readonly #options: Pick<PlanTextOptions, "showUnchanged" | "full" | "now">;
  #plan: Plan | null = null;
  #columns = 0;
  #lines: readonly Line[] = [];
  #printed = true;

  constructor(style: Style, options: Pick<PlanTextOptions, "showUnchanged" | "full" | "now">) {
    this.#style = style;
    this.#options = options;
  }

  set(plan: Plan): void {
    this.#plan = plan;
    this.#columns = 0;
    this.#printed = false;
  }

  lines(columns: number): readonly Line[] {
    if (this.#plan !== null && columns !== this.#columns) {
      this.#lines = planLines(this.#plan, { ...this.#style, ...this.#options, columns });
      this.#columns = columns;
    }
    return this.#lines;
  }

  /** Text that is still to be printed, to stay above the frames; "" when it has been. */
  take(columns: number): string {
    if (this.#printed) return "";
    this.#printed = true;
    return paintAll(this.lines(columns), columns, this.#style);
  }
}
