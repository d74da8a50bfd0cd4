/** Fields whose times have microseconds (MicroTime); all others have whole seconds or any fraction. */
const microTimes = /(^|\.)(acquireTime|renewTime|eventTime|lastObservedTime)$/;

/** What Go's decoder says of a text of that format; "" where it can hold it. */
export function formatMismatch(value: string, format: string, path: string): string {
  if (format === "byte") return base64Error(value);
  if (format === "date-time") return timeError(value, microTimes.test(path));
  return "";
}

/** Standard base64 as encoding/base64 reads it: padded, line ends ignored. */
function base64Error(value: string): string {
  const illegal = (at: number) => `illegal base64 data at input byte ${at}`;
  const wrong = /[^A-Za-z0-9+/=\r\n]/.exec(value);
  const padding = /=/.exec(value);
  if (wrong !== null && (padding === null || wrong.index < padding.index)) return illegal(wrong.index);
  const plain = value.replaceAll(/[\r\n]/g, "");
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain)) return "";
  return illegal(padding === null ? value.length - (plain.length % 4) : padding.index);
}

/** Parts of the layout, each with what it takes; the message names the first that does not fit. */
const parts: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d/],
];

function timeError(value: string, micro: boolean): string {
  const layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  const fails = (rest: string, part: string) =>
    `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;
  let rest = value;
  for (const [part, pattern] of parts) {
    const found = pattern.exec(rest);
    if (found === null) return fails(rest, part);
    rest = rest.slice(found[0].length);
  }
  const fraction = (micro ? /^[.,]\d{6}(?!\d)/ : /^(?:[.,]\d+)?/).exec(rest);
  if (fraction === null) return fails(rest, ".000000");
  rest = rest.slice(fraction[0].length);
  const zone = /^(?:Z|[+-]\d\d:\d\d)/.exec(rest);
  if (zone === null) return fails(rest, "Z07:00");
  rest = rest.slice(zone[0].length);
  if (rest !== "") return `parsing time ${JSON.stringify(value)}: extra text: ${JSON.stringify(rest)}`;
  return "";
}
