import { webcrypto } from "node:crypto";
import { expect, test } from "vitest";
import { startEmbedded } from "../../src/embedded/server.ts";
import { x509 } from "../../src/embedded/x509.ts";
import { clientOf } from "./client.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const json = { "content-type": "application/json" };

async function request(name: string): Promise<{ text: string; key: string }> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { text: made.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n` };
}

test("an approved request gets a certificate that RBAC knows; one that is no request fails", async () => {
  const cluster = await startEmbedded({ simulate: false });
  const client = clientOf(cluster.access);
  try {
    const { text, key } = await request("CN=alice,O=readers");
    const ask = async (name: string, pem: string) => {
      const spec = {
        request: Buffer.from(pem).toString("base64"),
        signerName: "kubernetes.io/kube-apiserver-client",
        usages: ["client auth"],
      };
      const made = await client.send({
        method: "POST",
        path: requests,
        headers: json,
        body: { metadata: { name }, spec },
      });
      expect([made.status, (made.body as { spec: object }).spec]).toEqual([
        201,
        expect.objectContaining({ username: "kubernetes-admin" }),
      ]);
      const conditions = [{ type: "Approved", status: "True", reason: "KubectlApprove", message: "yes" }];
      const body = { ...(made.body as object), status: { conditions } };
      const approved = await client.send({ method: "PUT", path: `${requests}/${name}/approval`, headers: json, body });
      expect(approved.status).toBe(200);
    };
    const status = async (name: string) =>
      ((await client.send({ path: `${requests}/${name}` })).body as { status: Record<string, unknown> }).status;

    await ask("alice", text);
    await expect.poll(async () => (await status("alice"))["certificate"]).toBeDefined();
    const certificate = Buffer.from(String((await status("alice"))["certificate"]), "base64").toString();
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const table = (await client.send({ path: requests, headers: { accept } })).body as { rows: { cells: unknown[] }[] };
    const shown = ["kubernetes.io/kube-apiserver-client", "kubernetes-admin", "<none>", "Approved,Issued"];
    expect(table.rows[0]?.cells.slice(2)).toEqual(shown);
    const alice = clientOf(cluster.access, { certificate, key });
    const path = "/api/v1/namespaces/default/configmaps";
    const before = await alice.send({ path });
    expect([before.status, (before.body as { message: string }).message]).toEqual([
      403,
      expect.stringContaining('User "alice" cannot list'),
    ]);
    const rbac = "rbac.authorization.k8s.io";
    const binding = {
      metadata: { name: "readers" },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "view" },
      subjects: [{ apiGroup: rbac, kind: "Group", name: "readers" }],
    };
    await client.send({ method: "POST", path: `/apis/${rbac}/v1/clusterrolebindings`, headers: json, body: binding });
    expect((await alice.send({ path })).status).toBe(200);
    alice.close();

    await ask("nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n");
    await expect.poll(async () => JSON.stringify((await status("nonsense"))["conditions"])).toContain("Failed");
    expect((await status("nonsense"))["certificate"]).toBeUndefined();
  } finally {
    client.close();
    await cluster.close();
  }
});
