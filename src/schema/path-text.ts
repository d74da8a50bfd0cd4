/** A field or map key as a step of a path that people read: `.image`, quoted where it is no plain word. */
export function fieldText(name: string): string {
  return /^[\w-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A list element by the values of its keys: `[web]`, `[80/TCP]`. */
export function keyText(values: readonly unknown[]): string {
  return `[${values.join("/")}]`;
}

/** Steps put together, without the leading dot. */
export function joinSteps(steps: readonly string[]): string {
  return steps.join("").replace(/^\./, "");
}
