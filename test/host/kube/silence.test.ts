import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configMap, inTurn, listOf, stages } from "./fixture.ts";

const stage = stages();
const type = { group: "", version: "v1", kind: "ConfigMap" };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets `ms` pass as soon as `ready` holds and somebody waits for it. */
async function passWhen(ready: () => boolean, ms: number): Promise<void> {
  while (!ready() || vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(ms);
}

test("a server that says nothing for 30 s does not answer", async () => {
  const { kube, asked } = await stage(() => "silence");
  const answer = kube.version().catch((error) => error);
  await passWhen(() => asked().length === 1, 29_000);
  await passWhen(() => true, 2_000);
  expect(await answer).toMatchObject({ name: "UnreachableError", code: "ETIMEDOUT" });
});

test("an answer that stops in its middle is not waited for", async () => {
  const { kube, asked } = await stage(() => ({ pieces: ['{"gitVersion":'], ending: "hold" }));
  const answer = kube.version().catch((error) => error);
  await passWhen(() => asked().length === 1, 31_000);
  expect(await answer).toMatchObject({ name: "UnreachableError", code: "ETIMEDOUT" });
});

test("a watch without even a bookmark is made again", async () => {
  const added = `${JSON.stringify({ type: "ADDED", object: configMap("a", "6") })}\n`;
  const { kube, asked } = await stage(
    inTurn(listOf("5", []), { pieces: [], ending: "hold" }, { pieces: [added], ending: "hold" }),
  );
  const abort = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of kube.watch(type, { signal: abort.signal })) {
      seen.push(event.type);
      if (event.type === "ADDED") abort.abort();
    }
  })();
  await passWhen(() => asked().length === 2, 331_000);
  await watching;
  expect(seen).toEqual(["SYNCED", "ADDED"]);
  expect(asked()).toHaveLength(3);
});
