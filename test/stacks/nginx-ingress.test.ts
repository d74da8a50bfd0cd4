import { describe, expect, test } from "vitest";
import type { Vars } from "../../stacks/contract.ts";
import NginxIngress from "../../stacks/nginx-ingress.ts";
import { expectValidAndRestricted } from "./expect-valid.ts";
import { decode, synthesizeOne } from "./synthesized.ts";

const made = (vars: Vars) => decode([synthesizeOne("nginx-ingress", NginxIngress, vars)]);

/** The object of a kind and name, as plain JSON. */
function objectOf(vars: Vars, kind: string, name = "nginx-ingress") {
  // biome-ignore lint/suspicious/noExplicitAny: a decoded object is plain JSON.
  return made(vars).desired.find(({ id }) => id.kind === kind && id.name === name)?.object as any;
}

const podOf = (vars: Vars) => objectOf(vars, vars["kind"] === "Deployment" ? "Deployment" : "DaemonSet").spec.template;
const argsOf = (vars: Vars): string[] => podOf(vars).spec.containers[0].args;

test.each<[Vars, string]>([
  [{ tlsSecret: "wildcard" }, 'option tlsSecret: "wildcard" is not of the form namespace/name'],
  [{ tlsSecret: "certs/wildcard", selfSigned: true }, "option selfSigned: there is tlsSecret already"],
  [{ selfSigned: [1, true] }, "option selfSigned[1]: true is not a text"],
  [{ customResources: true }, "option customResources: true is none of off, made, installed"],
  [{ settings: ["a"] }, 'option settings: ["a"] is not a mapping'],
])("%j is refused by name", (vars, message) => {
  expect(() => made(vars)).toThrow(`nginx-ingress: ${message}`);
});

test.each<[Vars]>([
  [{ selfSigned: ["shop.localhost"], hostPorts: false }],
  [{ tlsSecret: "certs/wildcard", hostPorts: false }],
  [{ customResources: "made", kind: "Deployment", hostPorts: false, preset: "production" }],
  [{ settings: { "proxy-read-timeout": "120s", hsts: true }, metrics: false, networkPolicy: true, hostPorts: false }],
])("what %j makes is valid and restricted", (vars) => {
  expectValidAndRestricted(made(vars));
});

describe("the default certificate", () => {
  test("is none where nobody says", () => {
    expect(argsOf({}).filter((each) => each.includes("tls"))).toEqual([]);
  });

  test("is made once for the hosts, and read from its Secret", () => {
    const { generated, desired } = made({ selfSigned: ["shop.localhost"] });
    expect(generated.map(({ type }) => type).sort()).toEqual(["tls_private_key", "tls_self_signed_cert"]);
    expect(generated.find(({ type }) => type === "tls_self_signed_cert")?.arguments).toMatchObject({
      dns_names: ["shop.localhost"],
    });
    expect(desired.find(({ id }) => id.name === "nginx-ingress-tls")?.object).toMatchObject({
      type: "kubernetes.io/tls",
    });
    expect(argsOf({ selfSigned: true })).toContain("-default-server-tls-secret=nginx-ingress/nginx-ingress-tls");
  });

  test("of a Secret that is there is read, so that a missing one fails the plan", () => {
    const { json } = synthesizeOne("nginx-ingress", NginxIngress, { tlsSecret: "certs/wildcard" });
    expect(Object.values((json as { data: { kubernetes_secret_v1: object } }).data.kubernetes_secret_v1)).toMatchObject(
      [{ metadata: { namespace: "certs", name: "wildcard" } }],
    );
  });
});

describe("its own kinds", () => {
  const granted = (vars: Vars): string[] =>
    objectOf(vars, "ClusterRole", "nginx-ingress-nginx-ingress").rules.flatMap((rule: { apiGroups: string[] }) =>
      rule.apiGroups.includes("k8s.nginx.org") ? [rule] : [],
    );
  const global = (vars: Vars) => argsOf(vars).filter((each) => each.startsWith("-global-configuration"));
  const defined = (vars: Vars) =>
    made(vars).desired.flatMap(({ id }) => (id.kind === "CustomResourceDefinition" ? [id.name] : []));

  test.each([
    ["off", 0, 0],
    ["installed", 0, 2],
    ["made", 5, 2],
  ])("%s: %i definitions, %i rules", (customResources, definitions, rules) => {
    expect(defined({ customResources })).toHaveLength(definitions);
    expect(granted({ customResources })).toHaveLength(rules);
    expect(argsOf({ customResources })).toContain(`-enable-custom-resources=${customResources !== "off"}`);
  });

  test("a GlobalConfiguration is read where they are, by one name", () => {
    expect(global({})).toEqual([]);
    expect(global({ customResources: "made" })).toEqual(["-global-configuration=$(POD_NAMESPACE)/nginx-ingress"]);
  });
});

test("it may do no more than the published program needs", () => {
  const allowed = (kind: string, name: string) =>
    objectOf({}, kind, name).rules.flatMap(
      ({ resources, verbs, resourceNames = [] }: { resources: string[]; verbs: string[]; resourceNames?: string[] }) =>
        resources.map((resource) => [[resource, ...resourceNames].join(" "), [...verbs].sort().join(" ")].join(": ")),
    );
  expect(allowed("ClusterRole", "nginx-ingress-nginx-ingress")).toEqual([
    "services: get list watch",
    "secrets: get list watch",
    "pods: get list watch",
    "events: create patch",
    "endpointslices: get list watch",
    "ingresses: get list watch",
    "ingresses/status: update",
    "ingressclasses: get",
  ]);
  expect(allowed("Role", "nginx-ingress")).toEqual([
    "configmaps: get list watch",
    "leases: create",
    "leases nginx-ingress-leader: get update",
    "pods: update",
  ]);
});

test("low ports need no privilege, whatever the container engine's default is", () => {
  expect(podOf({}).spec.securityContext.sysctls).toEqual([{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]);
});

test("settings go into the ConfigMap beside the address", () => {
  const data = (settings: Vars) => objectOf({ settings }, "ConfigMap", "nginx-ingress-config").data;
  expect(data({ hsts: true })).toEqual({ "external-status-address": "localhost", http2: "true", hsts: "true" });
  expect(data({ http2: false })).toEqual({ "external-status-address": "localhost", http2: "false" });
});

test("without metrics nothing is scraped", () => {
  const { metadata, spec } = podOf({ metrics: false });
  expect(metadata.annotations ?? {}).toEqual({});
  expect(spec.containers[0].ports.map(({ name }: { name: string }) => name)).not.toContain("prometheus");
  expect(argsOf({ metrics: false }).filter((each) => each.includes("prometheus"))).toEqual([]);
});
