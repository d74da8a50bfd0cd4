import { describe, expect, test } from "vitest";
import type { Kube, WatchEvent } from "../../../src/ports.ts";
import { configMap, failure, inTurn, listOf, stages } from "./fixture.ts";

const stage = stages();
const type = { group: "", version: "v1", kind: "ConfigMap" };

const line = (kind: string, object: unknown) => `${JSON.stringify({ type: kind, object })}\n`;
const bookmark = (resourceVersion: string) => line("BOOKMARK", { kind: "ConfigMap", metadata: { resourceVersion } });
const holding = (...pieces: (string | Buffer)[]) => ({ pieces, ending: "hold" as const });

/** `ADDED a@1`, `SYNCED`: the first `count` events, after which the watch is left. */
async function events(kube: Kube, count: number): Promise<string[]> {
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const event of kube.watch(type, { namespace: "web", signal: abort.signal })) {
    seen.push(describeEvent(event));
    if (seen.length === count) abort.abort();
  }
  return seen;
}

function describeEvent(event: WatchEvent): string {
  if (event.type === "SYNCED") return "SYNCED";
  const { name, resourceVersion } = event.object.metadata;
  return `${event.type} ${name}@${resourceVersion}`;
}

describe("a watch", () => {
  test("lists, says so, and goes on from the list's version with bookmarks", async () => {
    const { kube, asked } = await stage(
      inTurn(listOf("5", [configMap("a", "1")]), holding(line("MODIFIED", configMap("a", "6")))),
    );
    expect(await events(kube, 3)).toEqual(["ADDED a@1", "SYNCED", "MODIFIED a@6"]);
    const watch = asked()[1]!;
    expect(watch.path).toBe("/api/v1/namespaces/web/configmaps");
    expect(watch.query.get("resourceVersion")).toBe("5");
    expect(watch.query.get("allowWatchBookmarks")).toBe("true");
    expect(Number(watch.query.get("timeoutSeconds"))).toBeGreaterThan(60);
  });

  test("puts lines and characters together that arrive in pieces", async () => {
    const bytes = Buffer.from(line("ADDED", configMap("a", "6", { data: { text: "größer 🚀" } })));
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    const { kube } = await stage(inTurn(listOf("5", []), holding(...pieces)));
    const abort = new AbortController();
    for await (const event of kube.watch(type, { signal: abort.signal })) {
      if (event.type === "SYNCED") continue;
      expect(event.object["data"]).toEqual({ text: "größer 🚀" });
      abort.abort();
    }
    expect(abort.signal.aborted).toBe(true);
  });

  test("goes on from the last version after a cut in the middle of a line, and reports nothing twice", async () => {
    const half = line("ADDED", configMap("b", "7")).slice(0, 40);
    const { kube, asked } = await stage(
      inTurn(
        listOf("5", []),
        { pieces: [line("ADDED", configMap("a", "6")), half], ending: "cut" },
        holding(line("ADDED", configMap("b", "7"))),
      ),
    );
    expect(await events(kube, 3)).toEqual(["SYNCED", "ADDED a@6", "ADDED b@7"]);
    expect(asked().map((seen) => seen.query.get("resourceVersion"))).toEqual([null, "5", "6"]);
  });

  test("goes on from a bookmark when the server ends the watch", async () => {
    const { kube, asked } = await stage(
      inTurn(
        listOf("5", []),
        { pieces: [bookmark("90")], ending: "end" },
        holding(line("DELETED", configMap("a", "91"))),
      ),
    );
    expect(await events(kube, 2)).toEqual(["SYNCED", "DELETED a@91"]);
    expect(asked().at(-1)?.query.get("resourceVersion")).toBe("90");
  });

  const expiredEvent = line("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old" });
  test.each([
    ["an ERROR event", { pieces: [expiredEvent], ending: "end" } as const],
    ["an HTTP 410", failure(410, "Expired", "too old")],
  ])("lists again after %s and reports the difference", async (_, expired) => {
    const before = [
      configMap("same", "1"),
      configMap("changed", "2"),
      configMap("gone", "3"),
      configMap("remade", "4"),
    ];
    const remade = configMap("remade", "8");
    remade.metadata.uid = "another";
    const after = [configMap("same", "1"), configMap("changed", "7"), remade, configMap("new", "9")];
    const { kube } = await stage(inTurn(listOf("5", before), expired, listOf("10", after), holding()));
    expect((await events(kube, 11)).slice(5)).toEqual([
      "MODIFIED changed@7",
      "DELETED remade@4",
      "ADDED remade@8",
      "ADDED new@9",
      "DELETED gone@3",
      "SYNCED",
    ]);
  });

  test("waits longer and longer while the server refuses", async () => {
    const busy = failure(503, "ServiceUnavailable", "starting");
    const { kube, clock } = await stage(
      inTurn(listOf("5", []), busy, busy, busy, holding(line("ADDED", configMap("a", "6")))),
    );
    expect(await events(kube, 2)).toEqual(["SYNCED", "ADDED a@6"]);
    expect(clock.slept).toHaveLength(3);
    expect(clock.slept[0]).toBe(0);
    expect(clock.slept[2]).toBeGreaterThan(clock.slept[0]!);
  });

  test.each([
    ["the first list is refused", [failure(403, "Forbidden", "may not list")], "may not list"],
    ["the watch is refused", [listOf("5", []), failure(403, "Forbidden", "may not watch")], "may not watch"],
  ])("ends with the error when %s", async (_, replies, message) => {
    const { kube } = await stage(inTurn(...replies));
    await expect(events(kube, 9)).rejects.toThrow(message);
  });

  test("ends quietly when it is aborted while nothing happens", async () => {
    const { kube } = await stage(inTurn(listOf("5", []), holding(bookmark("6"))));
    expect(await events(kube, 1)).toEqual(["SYNCED"]);
    const abort = new AbortController();
    const watch = kube.watch(type, { signal: abort.signal })[Symbol.asyncIterator]();
    abort.abort();
    expect((await watch.next()).done).toBe(true);
  });

  test("ends quietly when the pool is closed under it", async () => {
    const { kube } = await stage(inTurn(listOf("5", []), holding(line("ADDED", configMap("a", "6")))));
    const seen: string[] = [];
    for await (const event of kube.watch(type, { signal: new AbortController().signal })) {
      seen.push(event.type);
      if (event.type === "ADDED") kube.close();
    }
    expect(seen).toEqual(["SYNCED", "ADDED"]);
    await expect(kube.version()).rejects.toMatchObject({ code: "ECLOSED" });
  });
});
