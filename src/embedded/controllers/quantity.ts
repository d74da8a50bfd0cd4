const suffixes: Readonly<Record<string, number>> = {
  m: 0.001,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity as a number of its base unit (API reference, Quantity); 0 for what is none. */
export function quantity(text: string | number): number {
  const match = /^([0-9.]+)([a-zA-Z]*)$/.exec(String(text));
  return match === null ? 0 : Number(match[1]) * (suffixes[match[2] ?? ""] ?? 1);
}
