import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { accessOf, filesNeeded } from "../../src/access/access.ts";
import { parseKubeconfig } from "../../src/access/kubeconfig.ts";
import { UserError } from "../../src/model/errors.ts";

const pem = (what: string) => `-----BEGIN ${what}-----\nYQ==\n-----END ${what}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString("base64");

const config = (user: string, cluster = "server: https://a:6443", context = "cluster: c, user: u") => `
apiVersion: v1
kind: Config
current-context: dev
clusters:
  - name: c
    cluster: {${cluster}}
users:
  - name: u
    user: {${user}}
contexts:
  - name: dev
    context: {${context}}
`;

const read = (text: string, files: Record<string, string | null> = {}, context: string | null = null) =>
  accessOf(parseKubeconfig([{ path: "/home/me/.kube/config", text }]), context, new Map(Object.entries(files)));

function problemOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.problems[0]!;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the access of a context", () => {
  test("certificates given inline", () => {
    const access = read(
      config(
        `client-certificate-data: ${base64(pem("CERTIFICATE"))}, client-key-data: ${base64(pem("PRIVATE KEY"))}`,
        `server: "https://a:6443/", certificate-authority-data: ${base64(pem("CA"))}, tls-server-name: api`,
        "cluster: c, user: u, namespace: web",
      ),
    );
    expect(access).toMatchObject({
      name: "dev",
      server: "https://a:6443",
      certificateAuthority: pem("CA"),
      tlsServerName: "api",
      namespace: "web",
      insecureSkipTlsVerify: false,
      proxyUrl: null,
    });
    if (access.credentials.kind !== "certificate") throw new Error(access.credentials.kind);
    expect(access.credentials.certificate).toBe(pem("CERTIFICATE"));
    expect(access.credentials.key.reveal()).toBe(pem("PRIVATE KEY"));
    expect(inspect(access, { depth: 9 }) + JSON.stringify(access)).not.toContain("PRIVATE KEY");
  });

  test("certificates by file, relative to the kubeconfig", () => {
    const text = config(
      "client-certificate: pki/me.crt, client-key: /abs/me.key",
      "server: https://a, certificate-authority: ca.crt",
    );
    const needed = filesNeeded(parseKubeconfig([{ path: "/home/me/.kube/config", text }]), null);
    expect(needed).toEqual(["/home/me/.kube/ca.crt", "/home/me/.kube/pki/me.crt", "/abs/me.key"]);
    const access = read(text, Object.fromEntries(needed.map((path) => [path, pem(path)])));
    expect(access.certificateAuthority).toBe(pem("/home/me/.kube/ca.crt"));
  });

  test.each([
    ["token: abc", "abc"],
    ["token: old, tokenFile: tok", "fresh"],
  ])("a token: %s", (user, token) => {
    const access = read(config(user), { "/home/me/.kube/tok": "fresh\n" });
    if (access.credentials.kind !== "token") throw new Error(access.credentials.kind);
    expect(access.credentials.token.reveal()).toBe(token);
  });

  test("an exec plugin", () => {
    const access = read(
      config(
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [a, 1], env: [{name: K, value: v}], provideClusterInfo: true}",
      ),
    );
    expect(access.credentials).toEqual({
      kind: "exec",
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "/home/me/.kube/bin/login",
        args: ["a", "1"],
        env: { K: "v" },
        interactiveMode: "IfAvailable",
        provideClusterInfo: true,
      },
    });
  });

  test("the first file that names something wins", () => {
    const merged = parseKubeconfig([
      { path: "/1", text: "" },
      { path: "/2", text: config("token: two", "server: https://two") },
      { path: "/3", text: config("token: three", "server: https://three").replaceAll("dev", "prod") },
    ]);
    expect(merged.currentContext).toBe("dev");
    expect([...merged.contexts.keys()]).toEqual(["dev", "prod"]);
    expect(accessOf(merged, "prod", new Map()).server).toBe("https://two");
  });
});

describe("a bad kubeconfig names the place and the remedy", () => {
  test.each([
    ["not YAML", () => read("clusters: [\n  - a: {\n"), "kubeconfig-syntax", 3, "repair the file"],
    ["a list", () => read("- 1\n"), "kubeconfig-syntax", 1, "repair the file"],
    ["broken base64", () => read(config("client-key-data: '%%%'")), "kubeconfig-base64", 10, "copy the value again"],
    [
      "base64 of something else",
      () => read(config("client-key-data: aGVsbG8=")),
      "kubeconfig-base64",
      10,
      "copy the value again",
    ],
    ["a missing file", () => read(config("tokenFile: nowhere")), "kubeconfig-file", 10, "correct the path"],
    ["no server", () => read(config("token: x", "a: b")), "kubeconfig-server", 6, "add `server:"],
    [
      "half a certificate",
      () => read(config(`client-key-data: ${base64(pem("PRIVATE KEY"))}`)),
      "kubeconfig-half-certificate",
      9,
      "client-certificate-data",
    ],
    [
      "a dangling user",
      () => read(config("a: b").replace("name: u", "name: x")),
      "kubeconfig-dangling",
      13,
      "add the user",
    ],
    ["auth-provider", () => read(config("auth-provider: {name: gcp}")), "kubeconfig-unsupported", 10, "exec plugin"],
    ["impersonation", () => read(config("token: a, as: root")), "kubeconfig-unsupported", 10, "impersonation"],
    [
      "an old exec plugin",
      () => read(config("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}")),
      "kubeconfig-exec",
      10,
      "v1beta1",
    ],
  ])("%s", (_, act, code, line, remedy) => {
    const problem = problemOf(act);
    expect(problem.code).toBe(code);
    expect(problem.position?.file).toBe("/home/me/.kube/config");
    expect(problem.position?.line).toBe(line);
    expect(problem.remedy).toContain(remedy);
  });

  test.each([
    ["a slip", "dve", 'did you mean "dev"?'],
    ["something else", "production", "contexts there are: dev"],
  ])("a context that does not exist: %s", (_, name, remedy) => {
    const problem = problemOf(() => read(config("token: x"), {}, name));
    expect(problem).toMatchObject({ code: "context-missing", remedy });
    expect(problem.message).toContain("/home/me/.kube/config");
  });
});
