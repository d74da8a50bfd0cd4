import { readFileSync } from "node:fs";
import { isJsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";

/** One recorded request to a real API server, with the object as it lived before (by the recording, not by our code). */
export interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly subresource: string;
  readonly contentType: string;
  readonly body: KubeObject;
  readonly live: KubeObject | null;
  readonly status: number;
  readonly response: Record<string, unknown>;
}

interface Line {
  name: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  status: number;
  response: unknown;
}

/** Exchanges whose body is a JSON object, in the order in which they were sent. */
export function readExchanges(file: string): Exchange[] {
  const text = readFileSync(new URL(`../fixtures/exchanges/${file}`, import.meta.url), "utf8");
  const lines = text.trimEnd().split("\n");
  const store = new Map<string, KubeObject>();
  const exchanges: Exchange[] = [];
  for (const line of lines.map((json) => JSON.parse(json) as Line)) {
    const url = new URL(line.path, "http://server");
    const [, path = "", subresource = ""] = /^(.*?)(?:\/(scale|status))?$/.exec(url.pathname) ?? [];
    const response = line.response as KubeObject;
    if (isJsonObject(line.body) && isJsonObject(response)) {
      exchanges.push({
        name: line.name,
        method: line.method,
        query: url.searchParams,
        subresource,
        contentType: line.headers["content-type"] ?? "",
        body: correctedBody(line),
        live: store.get(path) ?? null,
        status: line.status,
        response,
      });
    }
    const stored = line.status < 300 && !url.searchParams.has("dryRun") && subresource !== "scale";
    if (stored) store.set(line.method === "POST" ? `${path}/${response.metadata.name}` : path, response);
  }
  return exchanges;
}

/** The recorder changed this body after it was sent: the server's answer (200, B before A) shows what it got. */
function correctedBody({ name, body }: Line): KubeObject {
  if (name !== "deployment-reorder-env") return body as KubeObject;
  const copy = structuredClone(body) as {
    spec: { template: { spec: { containers: { env: { name: string; value: string }[] }[] } } };
  };
  copy.spec.template.spec.containers[0]!.env = [
    { name: "B", value: "2" },
    { name: "A", value: "1" },
  ];
  return copy as unknown as KubeObject;
}
