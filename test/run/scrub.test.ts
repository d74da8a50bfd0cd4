import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import { Scrubber } from "../../src/run/scrub.ts";

const secret = (data: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "db", namespace: "data" },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
});

describe("texts that others wrote", () => {
  const scrubber = new Scrubber();
  scrubber.addSecret(secret({ password: "hunter22", pin: "90210", port: "5432", pgPort: "6432", user: "app" }));
  const base64 = Buffer.from("hunter22").toString("base64");

  test.each([
    ["the password is hunter22", "the password is (sensitive)"],
    [`data: ${base64}`, "data: (sensitive)"],
    ["a number that is no port: 90210", "a number that is no port: (sensitive)"],
    ["10.0.0.1:5432 - no response; 10.0.0.1:6432 too", "10.0.0.1:5432 - no response; 10.0.0.1:6432 too"],
    ["the app is up", "the app is up"],
  ])("%s", (text, clean) => {
    expect(scrubber.scrub(text)).toBe(clean);
  });

  test("who a client is, and of what, is open where objects are called so; a password of that name is not", () => {
    const id = { group: "postgresql.cnpg.io", kind: "Cluster", namespace: "data", name: "shop" };
    const open = new Scrubber([id]);
    const address = { host: "shop-rw.data.svc", "read-host": "db.example" };
    open.addSecret(secret({ username: "postgres", database: "shop", dbname: "orders", ...address }));
    expect(open.scrub("postgresql.cnpg.io: shop at shop-rw.data.svc has no orders; db.example")).toBe(
      "postgresql.cnpg.io: shop at shop-rw.data.svc has no (sensitive); (sensitive)",
    );
    open.addSecret(secret({ password: "shop" }));
    expect(open.scrub("shop")).toBe("(sensitive)");
  });

  test("a port that is no number is a secret like any other", () => {
    const other = new Scrubber();
    other.addSecret(secret({ port: "knock-7000-8000" }));
    expect(other.scrub("knock-7000-8000")).toBe("(sensitive)");
  });

  test("by path, encoded and plain", () => {
    const paths = new Scrubber();
    const body = {
      data: { port: Buffer.from("5432").toString("base64"), key: Buffer.from("s3cret").toString("base64") },
    };
    paths.addPaths(body, [
      ["data", "port"],
      ["data", "key"],
    ]);
    expect(paths.scrub(`${body.data.port} ${body.data.key}`)).toBe(`${body.data.port} (sensitive)`);
  });
});
