import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/model/events.ts";
import { chooseView, isCi } from "../../src/view/choose.ts";
import { createNdjsonView } from "../../src/view/ndjson.ts";
import { createPlainView } from "../../src/view/plain.ts";
import { renderPlanMarkdown } from "../../src/view/plan-markdown.ts";
import { renderPlan } from "../../src/view/plan-text.ts";
import { chooseStyle, type Style } from "../../src/view/style.ts";
import { change, item, plan, v } from "./plans.ts";
import { badRun, goodRun, ids, shopPlan, status, stream } from "./streams.ts";
import { BrokenPipe, Keyboard, Recorder } from "./terminal.ts";

const plainStyle: Style = { colour: false, unicode: true };
const style = plainStyle;

async function plainText(events: readonly RunEvent[], columns = 100, style: Style = plainStyle): Promise<string[]> {
  const stdout = new Recorder();
  const view = createPlainView({ stdout, stdin: new PassThrough(), style, columns });
  for (const event of events) view.event(event);
  await view.close();
  return stdout.text.trimEnd().split("\n");
}

async function ndjson(events: readonly RunEvent[]): Promise<string[]> {
  const stdout = new Recorder();
  const view = createNdjsonView({ stdout });
  for (const event of events) view.event(event);
  await view.close();
  return stdout.text.trimEnd().split("\n");
}

describe("plain lines", () => {
  test("what is noted of something that is ready stands behind it", async () => {
    const notes = ["no address: Rejected: spec.rules[0].host: Required value"];
    const lines = await plainText(stream(0, status(ids.service, "ready", { reason: "Rejected", notes })));
    expect(lines).toEqual([`[00:00] ✔ Service web/shop (shop) ready: ${notes[0]}`]);
  });

  test("a good run", async () => {
    const lines = await plainText(goodRun());
    expect([...lines.slice(0, 3), ...lines.slice(11)]).toEqual([
      "[00:00] k8sctl up shop on kind/dev",
      "[00:00] synthesizing 2 stacks",
      "[00:00]   5 objects (0.4 s)",
      "[00:00] approved by --yes",
      "[00:00] creating Namespace web (shop)",
      "[00:00] ✔ Namespace web (shop) ready",
      "[00:00] creating Service web/shop (shop)",
      "[00:00] creating Deployment web/shop (shop)",
      "[00:00] updating StatefulSet data/postgres (postgres)",
      "[00:00] ✔ Service web/shop (shop) ready",
      "[00:01] · Deployment web/shop (shop) 0/2: waiting for 2 pods",
      "[00:02] · Deployment web/shop (shop) 1/2: waiting for 1 pod",
      "[00:03] ✔ Deployment web/shop (shop) ready 2/2",
      "[00:03] ✔ shop ready in 2.5 s",
      "[00:04] ✔ StatefulSet data/postgres (postgres) ready 1/1",
      "[00:04] ✔ postgres ready in 3.4 s",
      "Outputs",
      "  shop.host         = shop.local",
      "  postgres.password = (sensitive)",
      "Endpoints",
      "  http://localhost:30080  shop",
      "synth 0.4 s",
      "slowest: StatefulSet data/postgres 3.4 s",
      "✔ Ready on kind/dev in 4.0 s: 3 added, 1 changed, 1 unchanged",
    ]);
  });

  test("a failure is a paragraph, and a flapping pod is told once per state", async () => {
    const lines = await plainText(badRun());
    expect(lines.slice(-15)).toEqual([
      "[00:05] · StatefulSet data/postgres (postgres) 0/1: postgres-0 crashed",
      "[00:06] · StatefulSet data/postgres (postgres) 0/1: postgres-0 is starting",
      "[00:08] ✖ StatefulSet data/postgres (postgres) 0/1: postgres-0 crashed",
      "[00:08] ✖ StatefulSet data/postgres  0/1 ready, for 42 s",
      "[00:08]     postgres-0 crashed 3 times, exit code 1",
      "[00:08]     event: Back-off restarting failed container",
      "[00:08]     log of postgres-0 (postgres):",
      "[00:08]     │ starting",
      '[00:08]     │ FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership',
      "[00:08]     asked for at stacks/postgres.ts:41",
      "[00:08]     → set securityContext.fsGroup to the group of the postgres user (999)",
      "synth 0.4 s",
      "slowest: StatefulSet data/postgres 7.4 s",
      "✖ Applied on kind/dev, but not ready in 8.0 s: 3 added, 1 changed, 1 unchanged, 1 failed",
      "  → `k8sctl status` shows what is not ready; mend it and run `k8sctl up` again",
    ]);
  });

  test("a remedy of several lines has one arrow", async () => {
    const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
    const remedy = "check that the cluster runs and that its address can be reached; ".repeat(3).trim();
    const lines = await plainText(
      stream(
        1000,
        { type: "error", code: "unreachable", message: "no answer", remedy },
        { type: "finished", ok: false, exitCode: 1, counts },
      ),
    );
    const told = lines.slice(lines.indexOf("✖ no answer") + 1, -1);
    expect(told.map((line) => line.slice(0, 5))).toEqual(["  → c", "    a", "    r"]);
  });

  test("the same status twice is one line, an error comes with its remedy at the end", async () => {
    const waiting = status(ids.service, "progressing", { message: "waiting for an address" });
    const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
    expect(
      await plainText(
        stream(
          1000,
          waiting,
          2000,
          waiting,
          { type: "error", code: "unreachable", message: "the cluster does not answer", remedy: "start Docker" },
          { type: "finished", ok: false, exitCode: 1, counts },
        ),
      ),
    ).toEqual([
      "[00:01] · Service web/shop (shop): waiting for an address",
      "✖ the cluster does not answer",
      "  → start Docker",
      "✖ Failed in 2.0 s",
    ]);
  });
});

describe("NDJSON", () => {
  test("every line is one event with version and type", async () => {
    const events = goodRun();
    const lines = (await ndjson(events)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((l) => l.type)).toEqual(events.map((e) => e.type));
    for (const line of lines) expect(line.v).toBe(1);
  });

  test("the last line has exactly the promised shape", async () => {
    expect((await ndjson(goodRun())).at(-1)).toBe(
      '{"v":1,"type":"finished","ok":true,"exitCode":0,"counts":{"create":3,"update":1,"replace":0,"delete":0,"unchanged":1,"failed":0}}',
    );
  });

  test("controls are escaped and survive parsing", async () => {
    const message = "a\x1b[2J\x9bb\u202e\u2028";
    const [line] = await ndjson(stream({ type: "warning", message }));
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(line!).message).toBe(message);
  });
});

test("lines of one moment leave in one write, and what others write keeps its place among them", async () => {
  const writes: string[] = [];
  const stdout = new Writable({
    decodeStrings: false,
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(""));
      done();
    },
  });
  const view = createPlainView({ stdout, stdin: new PassThrough(), style, columns: 100 });
  const warning = (message: string) => view.event(stream({ type: "warning", message })[0]!);
  warning("one");
  stdout.write("a question\n");
  warning("two");
  expect(writes).toEqual([]);
  await expect.poll(() => writes).toEqual(["[00:00] warning: one\na question\n[00:00] warning: two\n"]);
  warning("three");
  await view.close();
  expect(writes[1]).toBe("[00:00] warning: three\n");
});

test("no secret comes out of any view", async () => {
  const secret = "hunter2-c2VjcmV0";
  const leaky = item("update", "- Secret web/db", {
    sent: { apiVersion: "v1", kind: "Secret", data: { password: secret } },
    changes: [
      change("data.password", v("old"), v(secret)),
      change("data", v({ password: "old" }), v({ password: secret })),
      change("metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]", v("x"), v(secret)),
    ],
  });
  const config = item("create", "- ConfigMap web/c", {
    sent: { data: { password: secret } },
    changes: [change("data.password", { kind: "absent" }, { kind: "sensitive" })],
  });
  const planned = plan({ shop: [leaky, config] });
  const generated = {
    action: "create" as const,
    resource: {
      stack: "shop",
      address: "random_password.db",
      type: "random_password",
      arguments: { keepers: { seed: secret } },
      origin: { stack: "shop", address: "random_password.db", constructPath: "" },
    },
  };
  const whole = { ...planned, stacks: planned.stacks.map((s) => ({ ...s, generated: [generated] })) };
  const events = stream(
    { type: "planned", plan: whole },
    { type: "output", stack: "shop", name: "password", value: secret, sensitive: true },
    {
      type: "finished",
      ok: true,
      exitCode: 0,
      counts: { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 },
    },
  );
  const outputs = [
    (await ndjson(events)).join("\n"),
    (await plainText(events)).join("\n"),
    renderPlan(whole, { ...style, columns: 200, full: true }),
    renderPlanMarkdown(whole),
  ];
  for (const text of outputs) {
    expect(text).toContain("(sensitive)");
    expect(text).toContain("random_password.db");
    expect(text).not.toContain(secret);
  }
});

describe("approval in plain mode", () => {
  async function answer(text: string | null) {
    const stdin = new Keyboard();
    const stdout = new Recorder();
    const view = createPlainView({ stdout, stdin, style, columns: 80 });
    const asked = view.approve(shopPlan());
    if (text === null) stdin.end();
    else stdin.write(text);
    const result = await asked;
    return { result, asked: stdout.text };
  }

  test.each([
    ["y\n", "approved"],
    ["YES\n", "approved"],
    ["n\n", "rejected"],
    ["\n", "rejected"],
    ["yellow\n", "rejected"],
    [null, "rejected"],
  ] as const)("%j is %s", async (text, result) => {
    expect(await answer(text)).toEqual({ result, asked: "Apply these changes? [y/N] " });
  });

  test("an abort ends the question with its reason", async () => {
    const view = createPlainView({ stdout: new Recorder(), stdin: new Keyboard(), style, columns: 80 });
    const abort = new AbortController();
    const asked = view.approve(shopPlan(), abort.signal);
    abort.abort(new Error("interrupted"));
    await expect(asked).rejects.toThrow("interrupted");
  });

  test.each([
    ["plain", createPlainView({ stdout: new Recorder(), stdin: new PassThrough(), style, columns: 80 })],
    ["NDJSON", createNdjsonView({ stdout: new Recorder() })],
  ])("without a terminal %s says what to do", async (_name, view) => {
    await expect(view.approve(shopPlan())).rejects.toMatchObject({
      problems: [{ code: "approval-needed", remedy: expect.stringContaining("--yes") }],
    });
  });
});

describe("a reader that goes away", () => {
  test.each([
    ["plain", (stdout: Recorder) => createPlainView({ stdout, stdin: new PassThrough(), style, columns: 80 })],
    ["NDJSON", (stdout: Recorder) => createNdjsonView({ stdout })],
  ])("does not disturb the run (%s)", async (_name, create) => {
    const stdout = new BrokenPipe();
    const view = create(stdout);
    for (const event of goodRun()) {
      view.event(event);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await view.close();
    expect(stdout.destroyed).toBe(true);
  });

  test("a real process goes on after its pipe was closed", async () => {
    const jiti = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));
    const child = spawn(process.execPath, [jiti, fileURLToPath(new URL("./endless-writer.ts", import.meta.url))]);
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code] = await once(child, "exit");
    expect({ code, said: said.trim() }).toEqual({ code: 0, said: "finished its work" });
  });
});

test.each([
  ["a terminal", { isTTY: true, ci: false, output: null, env: {} }, "ink"],
  ["a pipe", { isTTY: false, ci: false, output: null, env: {} }, "plain"],
  ["CI with a terminal", { isTTY: true, ci: true, output: null, env: {} }, "plain"],
  ["a dumb terminal", { isTTY: true, ci: false, output: null, env: { TERM: "dumb" } }, "plain"],
  ["a screen reader", { isTTY: true, ci: false, output: null, env: { INK_SCREEN_READER: "true" } }, "plain"],
  ["asked for plain", { isTTY: true, ci: false, output: "plain", env: {} }, "plain"],
  ["asked for JSON", { isTTY: true, ci: false, output: "json", env: {} }, "ndjson"],
] as const)("%s gets its view", (_name, facts, view) => {
  expect(chooseView(facts)).toBe(view);
});

test.each([
  ["a UTF-8 terminal", true, { LANG: "de_DE.UTF-8" }, { colour: true, unicode: true }],
  ["LC_ALL wins", true, { LANG: "de_DE.UTF-8", LC_ALL: "C" }, { colour: true, unicode: false }],
  ["no locale", true, {}, { colour: true, unicode: false }],
  ["NO_COLOR", true, { LANG: "C.utf8", NO_COLOR: "1" }, { colour: false, unicode: true }],
  ["an empty NO_COLOR", true, { LANG: "C.utf8", NO_COLOR: "" }, { colour: true, unicode: true }],
  ["a pipe", false, { LANG: "C.utf8" }, { colour: false, unicode: true }],
  [
    "FORCE_COLOR in a pipe",
    false,
    { LANG: "C.utf8", FORCE_COLOR: "1", NO_COLOR: "1" },
    { colour: true, unicode: true },
  ],
  ["FORCE_COLOR=0", true, { LANG: "C.utf8", FORCE_COLOR: "0" }, { colour: false, unicode: true }],
  ["a dumb terminal", true, { LANG: "C.utf8", TERM: "dumb" }, { colour: false, unicode: false }],
])("style of %s", (_name, isTTY, env, expected) => {
  expect(chooseStyle({ isTTY, env, platform: "linux" })).toEqual(expected);
});

test.each([
  [{}, false],
  [{ CI: "true" }, true],
  [{ CI: "false" }, false],
  [{ CI: "0", CI_NAME: "x" }, false],
  [{ CONTINUOUS_INTEGRATION: "1" }, true],
])("CI by %j: %s", (env, ci) => {
  expect(isCi(env)).toBe(ci);
});

test("a screen reader hears words where others see symbols", async () => {
  const spoken = chooseStyle({ isTTY: true, env: { INK_SCREEN_READER: "true", NO_COLOR: "1" }, platform: "linux" });
  const lines = await plainText(badRun(), 100, spoken);
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*$/);
  expect(lines).toContain("[00:08] Failed: StatefulSet data/postgres  0/1 ready, for 42 s");
  expect(lines).toContain("[00:08]     Remedy: set securityContext.fsGroup to the group of the postgres user (999)");
  expect(lines.filter((line) => /^ +(create|update) /.test(line))).not.toEqual([]);
});
