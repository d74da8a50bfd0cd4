import { expect, test } from "vitest";
import { credentialsOf } from "../../src/access/credentials.ts";
import { expiryOf, expiryRemedy, expiryWords } from "../../src/access/expiry.ts";
import { makeAuthority } from "../host/authority.ts";
import { accessTo } from "../host/scripted-server.ts";

const DAY = 24 * 60 * 60_000;

test("a certificate is good, ends soon, or has ended; a token says nothing of its end", async () => {
  const authority = await makeAuthority();
  const access = { ...accessTo("https://127.0.0.1:6443", authority, await authority.client("me")), name: "kind/dev" };
  const end = Date.parse(credentialsOf(access).expires!);
  const day = new Date(end).toISOString().slice(0, 10);
  expect(expiryOf(access, end - 200 * DAY)).toMatchObject({ state: "good", days: 200 });
  expect(expiryWords(access, end - 200 * DAY)).toBeNull();
  expect(expiryWords(access, end - 1.5 * DAY)).toBe(`the client certificate of kind/dev expires on ${day}, in 1 day`);
  expect(expiryWords(access, end + 3 * DAY)).toBe(`the client certificate of kind/dev expired on ${day}, 3 days ago`);
  expect(expiryOf({ ...access, credentials: { kind: "none" } }, end + DAY)).toEqual({ state: "none" });
  expect(expiryRemedy("kind", "kind/dev")).toContain("docker exec dev-control-plane kubeadm certs renew all");
});
