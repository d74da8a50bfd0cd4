const SHAPE = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/** A quantity (`500m`, `1Gi`, 2) as a number of its base unit (API reference, Quantity); null for what is none. */
export function quantityValue(quantity: unknown): number | null {
  if (typeof quantity === "number") return quantity;
  const match = typeof quantity === "string" ? SHAPE.exec(quantity) : null;
  if (match === null) return null;
  const [, sign = "", digits = "0", binary, decimal, exponent] = match;
  const value = Number(digits) * (sign === "-" ? -1 : 1);
  if (binary !== undefined) return value * 1024 ** BINARY.indexOf(binary);
  if (exponent !== undefined) return value * 10 ** Number(exponent);
  return value * 1000 ** (DECIMAL.indexOf(decimal ?? "") - 3);
}
