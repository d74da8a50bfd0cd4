import type { JsonObject } from "../../model/json.ts";

/** What webhooks said about one request so far. */
export type WebhookAnswers = Map<string, WebhookAnswer>;

export type WebhookAnswer =
  | { readonly type: "answered"; readonly response: JsonObject }
  | { readonly type: "failed"; readonly why: string };
