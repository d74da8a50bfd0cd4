import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import type { Json } from "../cli/command-line.ts";
import { start } from "../cli/processes.ts";
import { deployment } from "../cli/stacks.ts";
import { onReal } from "./cluster.ts";
import { connectTo, get, homeWithCluster, itemOf, type Place, place, yamlOf } from "./planning.ts";

const home = homeWithCluster();
const prometheus: { server: Server; answer: (promql: string) => readonly [number, unknown]; asked: string[] } = {
  server: createServer((request, response) => {
    const promql = new URL(request.url ?? "", "http://x").searchParams.get("query") ?? "";
    prometheus.asked.push(promql);
    const [status, body] = prometheus.answer(promql);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }),
  answer: () => vector("0"),
  asked: [],
};
await new Promise<void>((resolve) => prometheus.server.listen(0, "127.0.0.1", resolve));
afterAll(() => void prometheus.server.close());
const url = `http://127.0.0.1:${(prometheus.server.address() as AddressInfo).port}`;

function vector(...values: readonly string[]): readonly [number, unknown] {
  const result = values.map((value) => ({ metric: {}, value: [1, value] }));
  return [200, { status: "success", data: { resultType: "vector", result } }];
}

function shop(name: string, image: string, annotations: Readonly<Record<string, string>> = {}) {
  return { kubernetes_deployment_v1: { [name]: deployment(name, { replicas: 5, image, annotations }) } };
}

/** A project with one Deployment of its name and the rule that is given. */
function withCanary(name: string, rule: string): Place {
  const p = place(home, name, { web: shop(name, "web:1") });
  p.write({ "k8sctl.yaml": `${yamlOf(name, ["stacks/web.tf.json"])}canary:\n  - ${rule}\n` });
  return p;
}

async function imageOf(name: string): Promise<string> {
  const live: Json = await get(await connectTo(home), "Deployment", `default/${name}`);
  return live.spec.template.spec.containers[0].image;
}

async function noCanary(p: Place, name: string): Promise<void> {
  expect(await get(await connectTo(home), "Deployment", `default/${name}-canary`)).toBeNull();
  expect((await p.run(["state", "list"])).stdout).not.toContain("canary");
}

function steps(lines: readonly Json[]): string[] {
  return lines.filter(({ type }) => type === "canary").map(({ state }) => state);
}

describe.skipIf(onReal)("a canary", () => {
  test("comes first, is ready through the pause, answers the query and goes, and the change goes on", async () => {
    const p = withCanary(
      "good",
      `{ object: Deployment good, percent: 30, pause: 1s, query: { url: "${url}/", promql: "sum(rate(e[1m]))", below: 0.01 } }`,
    );
    await p.up();
    expect(prometheus.asked).toEqual([]);
    p.want(shop("good", "web:2"));
    expect(itemOf(await p.plan(), "good").consequences).toContainEqual(
      expect.objectContaining({ type: "canary", pods: 2, of: 5, pauseSeconds: 1 }),
    );
    expect((await p.run(["plan"])).stdout).toContain(
      "canary: 2 of 5 pods first, pause 1.0 s, then sum(rate(e[1m])) below 0.01",
    );
    const up = await p.run(["up", "--yes", "--output", "json"]);
    expect(up.exitCode, up.all).toBe(0);
    expect(steps(up.lines)).toEqual(["started", "pausing", "asking", "passed"]);
    expect(prometheus.asked).toEqual(["sum(rate(e[1m]))"]);
    expect(await imageOf("good")).toBe("web:2");
    await noCanary(p, "good");
    const again = await p.run(["rollback", "--yes", "--output", "json"]);
    expect(again.exitCode, again.all).toBe(0);
    expect(steps(again.lines)).toEqual([]);
    expect(await imageOf("good")).toBe("web:1");
  });

  test("that fails leaves the Deployment as it was", async () => {
    const p = withCanary("bad", "{ object: Deployment default/bad, percent: 1 }");
    await p.up();
    p.want(shop("bad", "web:2", { "embedded.k8sctl.dev/fail": "image-pull" }));
    const up = await p.run(["up", "--yes", "--timeout", "60"]);
    expect(up.exitCode, up.all).toBe(3);
    expect(up.stdout).toContain("canary: 1 of 5 pods first");
    expect(up.stdout).toContain("its canary did not become ready, and was removed; the Deployment is as it was");
    expect(up.stdout).toContain("because of Deployment default/bad-canary: ");
    expect(await imageOf("bad")).toBe("web:1");
    await noCanary(p, "bad");
    p.want(shop("bad", "web:1"));
    expect((await p.plan()).hasChanges).toBe(false);
  });

  test.each([
    ["beyond", vector("0", "0.5"), "errors is 0, 0.5, not below 0.01"],
    ["nan", vector("NaN"), "errors is NaN, not below 0.01"],
    ["empty", vector(), "the query gives no sample"],
    ["wrong", [400, { status: "error", error: "parse error" }] as const, "says: parse error"],
    ["other", [404, "hello"] as const, "answered 404, and not as Prometheus does"],
  ])("whose query is %s goes back", async (name, answer, words) => {
    const p = withCanary(
      name,
      `{ object: Deployment default/${name}, percent: 10, query: { url: "${url}", promql: errors, below: 0.01 } }`,
    );
    await p.up();
    p.want(shop(name, "web:2"));
    prometheus.answer = () => answer;
    const up = await p.run(["up", "--yes"]);
    expect(up.exitCode, up.all).toBe(3);
    expect(up.stdout.replaceAll(/\n\S* +/g, " ")).toContain(words);
    expect(await imageOf(name)).toBe("web:1");
    await noCanary(p, name);
  });

  test("that is killed in the middle is removed by the next run, and by down", async () => {
    const p = withCanary("killed", "{ object: Deployment killed, percent: 10, pause: 1h }");
    await p.up();
    const live = async () => get(await connectTo(home), "Deployment", "default/killed-canary");
    const kill = async () => {
      const run = start(p.root, home, ["up", "--yes", "--output", "json"]);
      await run.printed(/"state":"pausing"/);
      run.child.kill("SIGKILL");
      await run.ended;
      expect(await live()).toMatchObject({ metadata: { labels: { "k8sctl.dev/canary": "true" } } });
      expect(await imageOf("killed")).toBe("web:1");
    };
    p.want(shop("killed", "web:2"));
    await kill();
    expect((await p.run(["plan"])).stdout).toContain("a canary that an interrupted run left");
    await kill();
    // Back to what is there: nothing is tried, and what is left goes.
    p.want(shop("killed", "web:1"));
    await p.up();
    await noCanary(p, "killed");
    p.want(shop("killed", "web:2"));
    await kill();
    p.write({ "k8sctl.yaml": yamlOf("killed", ["stacks/web.tf.json"]) });
    const down = await p.run(["down", "--yes", "--keep-cluster"]);
    expect(down.exitCode, down.all).toBe(0);
    expect(await live()).toBeNull();
  });

  test("goes on after one that was killed, with the newer pods", async () => {
    const p = withCanary("newer", "{ object: Deployment newer, percent: 10, pause: 1h }");
    await p.up();
    p.want(shop("newer", "web:2"));
    const run = start(p.root, home, ["up", "--yes", "--output", "json"]);
    await run.printed(/"state":"pausing"/);
    run.child.kill("SIGKILL");
    await run.ended;
    p.want(shop("newer", "web:3"));
    const rule = (more = "") =>
      p.write({
        "k8sctl.yaml": `${yamlOf("newer", ["stacks/web.tf.json"])}canary:\n  - { object: Deployment newer, percent: 10${more} }\n`,
      });
    // What is left goes first: when the next one fails, nothing is left to be skipped.
    prometheus.answer = () => vector("1");
    rule(`, query: { url: "${url}", promql: errors, below: 0.01 }`);
    const failed = await p.run(["up", "--yes"]);
    expect(failed.exitCode, failed.all).toBe(3);
    await noCanary(p, "newer");
    rule();
    const up = await p.run(["up", "--yes", "--output", "json"]);
    expect(up.exitCode, up.all).toBe(0);
    expect(steps(up.lines)).toEqual(["started", "passed"]);
    expect(await imageOf("newer")).toBe("web:3");
    await noCanary(p, "newer");
  });

  test("that is interrupted is removed at once", async () => {
    const p = withCanary("cut", "{ object: Deployment cut, percent: 10, pause: 1h }");
    await p.up();
    p.want(shop("cut", "web:2"));
    const run = start(p.root, home, ["up", "--yes", "--output", "json"]);
    await run.printed(/"state":"pausing"/);
    run.child.kill("SIGINT");
    expect(await run.ended).toEqual({ exitCode: 130, signal: null });
    expect(steps(run.events()).at(-1)).toBe("stopped");
    expect(await imageOf("cut")).toBe("web:1");
    await noCanary(p, "cut");
  });

  test("is not made for a change that leaves the pods alone, nor over another Deployment", async () => {
    const p = withCanary("calm", "{ object: Deployment calm, percent: 10 }");
    await p.up();
    p.want({ kubernetes_deployment_v1: { calm: deployment("calm", { replicas: 6 }) } });
    const up = await p.run(["up", "--yes", "--output", "json"]);
    expect(up.exitCode, up.all).toBe(0);
    expect(steps(up.lines)).toEqual([]);
    const other = place(home, "calmother", { web: shop("calm-canary", "web:1") });
    await other.up();
    p.want(shop("calm", "web:2"));
    const taken = await p.run(["up", "--yes"]);
    expect(taken.exitCode, taken.all).toBe(1);
    expect(taken.stdout).toContain("Deployment default/calm-canary exists already, and is no canary of this stack");
    expect(await imageOf("calm-canary")).toBe("web:1");
    expect(await imageOf("calm")).toBe("web:1");
  });
});

test.each([
  ["{ object: Deployment shop, percent: 0 }", "must be >= 1", 6],
  ["{ object: Deployment shop, percent: 150 }", "must be <= 100", 6],
  ["{ object: StatefulSet shop, percent: 10 }", '"StatefulSet shop" is not a Deployment', 6],
  ["{ object: Deployment shop }", '"percent" is missing', 6],
  ["{ object: Deployment shop, percent: 10, pause: soon }", '"soon" is not a time', 6],
  ["{ object: Deployment shop, percent: 10, query: { url: ftp://x, promql: up, below: 1 } }", "not an address", 6],
  ["{ object: Deployment shop, percent: 10, query: { url: http://x, promql: up } }", "has no bound", 6],
  ["{ object: Deployment shop, percent: 10, precent: 1 }", 'unknown key "precent"', 6],
  ["{ object: Deployment shpo, percent: 10 }", 'did you mean "Deployment default/shop"?', 6],
])("bad input: %s", async (rule, words, line) => {
  const p = place(home, "shop", { web: shop("shop", "web:1") });
  p.write({ "k8sctl.yaml": `${yamlOf("shop", ["stacks/web.tf.json"])}canary:\n  - ${rule}\n` });
  const up = await p.run(["up", "--yes"]);
  expect(up.exitCode, up.all).toBe(1);
  expect(up.all).toContain(words);
  expect(up.all).toMatch(new RegExp(`k8sctl\\.yaml:${line + 1}:\\d+`));
});
