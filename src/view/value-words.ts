import { assertNever } from "../model/json.ts";
import type { GeneratedItem, MadeAgain } from "../model/plan.ts";

/** What a plan says of a value that is made once and kept; "" for one that stays as it is. */
export function valueWords(item: GeneratedItem): string {
  switch (item.action) {
    case "create":
      return createWords(item);
    case "replace":
      return `made again${againWords[item.because ?? "arguments"]}${pauseWords(item)}`;
    case "update":
      return "kept, with another input";
    case "delete":
      return "no longer used: it is lost";
    case "unchanged":
      return "";
    case "restore":
      return "the value of then is put back";
    default:
      return assertNever(item.action);
  }
}

const againWords: Record<MadeAgain, string> = {
  arguments: ": its arguments changed",
  pending: ", if its arguments change: they are known after apply",
  due: ": it is about to end",
  outlived: ": its service account is gone, or another by now",
};

function createWords(item: GeneratedItem): string {
  const { request, dependsOn } = item.resource;
  const pause = pauseWords(item);
  if (pause !== "") return pause.slice(2);
  if (request !== undefined) return "asked for when its service account is there, kept in the inventory";
  if (dependsOn !== undefined) return "made when what it depends on is there, kept in the inventory";
  return "made once, kept in the inventory";
}

/** `; waits 30s`, for a pause. */
function pauseWords({ resource: { type, input } }: GeneratedItem): string {
  if (type !== "time_sleep") return "";
  const duration = (input as { readonly [name: string]: unknown } | undefined)?.["create_duration"];
  return typeof duration === "string" ? `; waits ${duration}` : "; waits for nothing now";
}
