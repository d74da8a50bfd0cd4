/**
 * Escape sequences that a terminal would obey (ECMA-48): CSI with its parameters; OSC, DCS, SOS, PM and APC up to their
 * terminator, or to the end of the line where a log was cut inside one; two-byte escapes.
 */
const escapeSequences =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]/g;

/** What is left of C0 (but tab and newline), DEL, C1, and the marks that reorder text (Unicode UAX 9). */
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from a cluster or a child process made harmless: nothing in it can move the cursor, recolour, retitle or reorder
 * a terminal. Keeps newlines and tabs; line ends become `\n`; escape sequences vanish; any other control shows as U+FFFD.
 */
export function plainText(text: string): string {
  return text
    .replace(escapeSequences, "")
    .replace(/\r+\n?/g, "\n")
    .replace(controls, "\ufffd");
}

/** `plainText` on one line: runs of blanks and line ends become one blank. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}
