import { expect, test } from "vitest";
import { waitForNews } from "../../src/host/kind-news.ts";
import type { Json } from "../../src/model/json.ts";
import type { Kube } from "../../src/ports.ts";
import { TestClock } from "./scripted-server.ts";

const SINCE = Date.parse("2026-11-21T05:26:25.400Z");
const OLD = "2026-11-21T05:25:35Z";
const NEW = "2026-11-21T05:26:25Z";

const pod = (started: string, ready: string, ip: string) => ({
  metadata: { namespace: "learn", name: "nginx" },
  status: {
    podIPs: [{ ip }],
    conditions: [{ type: "Ready", status: ready }],
    containerStatuses: [{ state: { running: { startedAt: started } } }],
  },
});
const slice = (ip: string) => ({
  endpoints: [{ addresses: [ip], targetRef: { kind: "Pod", namespace: "learn", name: "nginx" } }],
});

/** The API as it is seen at each look, the last for good. */
function api(...looks: readonly (readonly [pod: Json, slice: Json])[]) {
  let look = 0;
  const kube = {
    list: ({ kind }: { kind: string }) => {
      const [pods, slices] = looks[Math.min(look, looks.length - 1)]!;
      if (kind === "EndpointSlice") look++;
      return Promise.resolve({ items: [kind === "Pod" ? pods : slices] });
    },
  };
  return { kube: kube as unknown as Kube, looks: () => look };
}

test("waits until kubelet has reported and Services lead to addresses that pods have", async () => {
  const seen = api(
    [pod(OLD, "True", "10.244.0.3"), slice("10.244.0.3")],
    [pod(OLD, "False", "10.244.0.3"), slice("10.244.0.9")],
    [pod(NEW, "True", "10.244.0.9"), slice("10.244.0.3")],
    [pod(NEW, "True", "10.244.0.9"), slice("10.244.0.9")],
  );
  await waitForNews(seen.kube, new TestClock(), { since: SINCE, limitMs: 60_000 });
  expect(seen.looks()).toBe(4);
});

test("does not wait for what is new and not ready, and not for ever", async () => {
  const fresh = api([pod(NEW, "False", "10.244.0.9"), slice("10.244.0.9")]);
  await waitForNews(fresh.kube, new TestClock(), { since: SINCE, limitMs: 60_000 });
  expect(fresh.looks()).toBe(1);
  const stuck = api([pod(OLD, "True", "10.244.0.3"), slice("10.244.0.3")]);
  await waitForNews(stuck.kube, new TestClock(), { since: SINCE, limitMs: 5_000 });
  expect(stuck.looks()).toBeGreaterThan(5);
});
