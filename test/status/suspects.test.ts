import { describe, expect, test } from "vitest";
import { objectKey } from "../../src/model/ids.ts";
import { hintFrom, type Member, suspectsOf } from "../../src/status/index.ts";

function member(
  kind: string,
  name: string,
  object: object,
  namespace = "web",
  dependsOn: readonly string[] = [],
): Member {
  const group = ["Deployment", "StatefulSet"].includes(kind) ? "apps" : "";
  const id = { group, kind, namespace, name };
  const whole = { apiVersion: "v1", kind, metadata: { name, namespace }, ...object };
  return { key: objectKey(id), id, object: whole, dependsOn };
}

const labels = (app: string) => ({ template: { metadata: { labels: { app } } } });
const web = (container: object, dependsOn: readonly string[] = []) =>
  member(
    "Deployment",
    "web",
    { spec: { template: { spec: { containers: [{ name: "web", ...container }] } } } },
    "web",
    dependsOn,
  );
const others = [
  member("StatefulSet", "postgres", { spec: labels("db") }, "data"),
  member("Service", "db", { spec: { selector: { app: "db" } } }, "data"),
  member("Deployment", "cache", { spec: labels("cache") }),
  member("Service", "cache", { spec: { selector: { app: "cache" } } }),
  member("ConfigMap", "settings", { data: { CACHE: "redis://cache:6379" } }),
  member("Secret", "db", { data: { url: Buffer.from("postgres://u:p@db.data:5432/x").toString("base64") } }),
];
const env = (value: string) => ({ env: [{ name: "URL", value }] });

describe("who may be behind a failure", () => {
  test.each<[string, Member, readonly string[], readonly string[]]>([
    [
      "a host of another namespace",
      web(env("postgres://db.data.svc.cluster.local/x")),
      [],
      ["postgres: its URL names Service db"],
    ],
    ["a bare name means its own namespace", web(env("http://db:80")), [], []],
    ["a bare name", web(env("cache:6379")), [], ["cache: its URL names Service cache"]],
    ["a longer word is another one", web(env("http://cache-old:80 precache cache.example.com")), [], []],
    [
      "a ConfigMap of the project",
      web({ envFrom: [{ configMapRef: { name: "settings" } }] }),
      [],
      ["cache: its CACHE names Service cache"],
    ],
    ["arguments", web({ args: ["--upstream=cache:6379"] }), [], ["cache: its command names Service cache"]],
    [
      "the log, where it complains",
      web({}),
      ["dial tcp: lookup cache on 10.96.0.10:53: no such host"],
      ["cache: its log names Service cache"],
    ],
    ["the log, where it only mentions", web({}), ["warming the cache now"], []],
    [
      "an edge of the code",
      web({}, [objectKey({ group: "", kind: "Service", namespace: "web", name: "cache" })]),
      [],
      ["cache: it depends on it"],
    ],
    ["nobody", web(env("https://example.com")), ["panic: nil map"], []],
  ])("%s", (_, failing, log, found) => {
    const suspects = suspectsOf(failing, [failing, ...others], log);
    expect(suspects.map((suspect) => `${suspect.member.id.name}: ${suspect.how}`)).toEqual(found);
  });

  test("a Secret of the project tells the host, and its value is in nothing that is told", () => {
    const key = { namespace: "data" };
    const failing = member(
      "Deployment",
      "api",
      {
        spec: {
          template: {
            spec: { containers: [{ env: [{ name: "URL", valueFrom: { secretKeyRef: { name: "db", key: "url" } } }] }] },
          },
        },
      },
      key.namespace,
    );
    const secret = { ...others[5]!, id: { ...others[5]!.id, namespace: "data" } };
    const suspects = suspectsOf(failing, [failing, ...others.slice(0, 5), secret], []);
    expect(suspects.map(({ member: { id }, how }) => `${id.name}: ${how}`)).toEqual([
      "postgres: its URL names Service db",
    ]);
    expect(JSON.stringify(suspects.map(({ how }) => how))).not.toContain("u:p");
  });
});

describe("what a log says of the remedy", () => {
  test.each([
    ["exec /app: exec format error", /architecture/],
    ["mkdir: cannot create directory '/data': Permission denied", /fs_group/],
    ['FATAL: password authentication failed for user "app"', /keeps the old one/],
    ["Error: listen EADDRINUSE: address already in use :::80", /one port/],
    ["nothing in particular", null],
  ])("%s", (line, remedy) => {
    const hint = hintFrom({ cause: "crash" }, ["starting", line]);
    if (remedy === null) expect(hint).toBeNull();
    else expect(hint).toMatch(remedy);
    expect(hintFrom({ cause: "image-not-found" }, [line])).toBeNull();
  });
});
