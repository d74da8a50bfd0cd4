import { plainText } from "../model/text.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as the content of an HTML or XML element, or of a quoted attribute. Terminal escapes and controls are gone. */
export function escapeMarkup(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (c) => entities[c] ?? c);
}
