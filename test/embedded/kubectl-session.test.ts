import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customType } from "../custom-type.ts";
import { type KubectlSession, kubectlSession, noKubectl } from "./kubectl.ts";

let session: KubectlSession;

beforeAll(async () => {
  session = await kubectlSession();
});

afterAll(() => session.close());

const kubectl = (...args: string[]) => session.kubectl(...args);
const inShop = (...args: string[]) => session.kubectl("-n", "shop", ...args);
const image = "jsonpath={.spec.template.spec.containers[0].image}";
const rolledOut = () => inShop("rollout", "status", "deployment/web", "--timeout=20s");

/** Later tests live on what earlier ones made, as a person's session does. */
describe.skipIf(noKubectl)("a session with kubectl", () => {
  test("create: kubectl's own clients send protobuf", async () => {
    expect(await kubectl("create", "namespace", "shop")).toBe("namespace/shop created\n");
    await inShop("create", "configmap", "settings", "--from-literal=colour=blue");
    await inShop("create", "secret", "generic", "keys", "--from-literal=a=b");
    expect(await inShop("get", "secret", "keys", "-o", "jsonpath={.data.a}")).toBe("Yg==");
    await inShop("create", "deployment", "web", "--image=nginx:1.28", "--replicas=2", "--port=80");
    await inShop("create", "job", "once", "--image=busybox", "--", "true");
    await inShop("create", "cronjob", "often", "--image=busybox", "--schedule=*/5 * * * *", "--", "true");
    await inShop("create", "ingress", "web", "--rule=a.example/*=web:80");
    await inShop("create", "pdb", "web", "--selector=app=web", "--min-available=50%");
    expect(await inShop("get", "pdb", "web", "-o", "jsonpath={.spec.minAvailable}")).toBe("50%");
    expect(await inShop("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].ports}")).toBe(
      '[{"containerPort":80,"protocol":"TCP"}]',
    );
    await inShop("wait", "--for=condition=complete", "job/once", "--timeout=20s");
  });

  test("rollout: status, history, undo, restart, pause, resume", async () => {
    expect(await rolledOut()).toContain("successfully rolled out");
    await inShop("set", "image", "deployment/web", "nginx=nginx:1.29");
    await rolledOut();
    expect(await inShop("rollout", "history", "deployment/web")).toMatch(/\n1 +<none>\n2 +<none>/);
    await inShop("rollout", "undo", "deployment/web");
    await rolledOut();
    expect(await inShop("get", "deployment", "web", "-o", image)).toBe("nginx:1.28");
    await inShop("rollout", "restart", "deployment/web");
    expect(await rolledOut()).toContain("successfully rolled out");
    await inShop("rollout", "pause", "deployment/web");
    await inShop("rollout", "resume", "deployment/web");
  });

  test("scale, wait, autoscale, expose, label, annotate, patch", async () => {
    await inShop("scale", "deployment/web", "--replicas=3");
    await inShop("wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/web", "--timeout=20s");
    await inShop("wait", "--for=condition=Available", "deployment/web", "--timeout=20s");
    await inShop("autoscale", "deployment", "web", "--min=1", "--max=5", "--cpu-percent=50");
    expect(await inShop("get", "hpa", "web")).toMatch(/Deployment\/web +cpu: <unknown>\/50% +1 +5/);
    await inShop("expose", "deployment", "web", "--port=80");
    expect(await inShop("get", "service", "web", "-o", "jsonpath={.spec.selector}")).toBe('{"app":"web"}');
    await inShop("label", "deployment", "web", "tier=front");
    await inShop("annotate", "deployment", "web", "note=hello");
    await inShop("patch", "deployment", "web", "-p", '{"spec":{"minReadySeconds":1}}');
    const shown = await inShop("get", "deployment", "web", "-o", "yaml");
    expect(shown).toContain("note: hello");
    expect(shown).toContain("tier: front");
    expect(shown).toContain("minReadySeconds: 1");
    expect(await inShop("get", "endpoints", "web")).toMatch(/web +10\.\d+\.\d+\.\d+:80,/);
    expect(await inShop("get", "all")).toMatch(/deployment\.apps\/web +3\/3/);
  });

  test("describe: pods, deployments, services, jobs, nodes", async () => {
    const pods = await inShop("describe", "pods", "-l", "app=web");
    expect(pods).toMatch(/Controlled By: +ReplicaSet\/web-/);
    expect(pods).toContain("Successfully assigned shop/web-");
    expect(await inShop("describe", "deployment", "web")).toMatch(/NewReplicaSet: +web-\S+ \(3\/3 replicas created\)/);
    expect(await inShop("describe", "service", "web")).toMatch(/Endpoints: +10\.\d+\.\d+\.\d+:80/);
    expect(await inShop("describe", "job", "once")).toContain("Job completed");
    expect(await kubectl("describe", "node")).toMatch(/shop +web-/);
  });

  test("events, logs; exec and port-forward are refused with the reason", async () => {
    expect(await inShop("events")).toContain("ScalingReplicaSet");
    expect(await inShop("get", "events")).toContain("SuccessfulCreate");
    expect(await inShop("logs", "deployment/web")).toContain("runs no containers");
    const refusal = "the embedded cluster runs no containers";
    await expect(inShop("exec", "deployment/web", "--", "ls")).rejects.toThrow(refusal);
    await expect(inShop("port-forward", "deployment/web", "0:80")).rejects.toThrow(refusal);
    await expect(kubectl("top", "nodes")).rejects.toThrow("Metrics API not available");
  });

  test("discovery: api-resources, api-versions, version", async () => {
    const resources = await kubectl("api-resources");
    expect(resources).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect(await kubectl("api-versions")).toContain("networking.k8s.io/v1\n");
    expect(await kubectl("explain", "deployment.spec.replicas")).toContain("FIELD: replicas <integer>");
    expect(await kubectl("explain", "deploy.spec.strategy")).toContain("/v1.34/#deploymentstrategy-v1-apps");
    expect(await kubectl("explain", "ingress", "--recursive")).toMatch(/pathType\s+<string> -required-/);
    expect(await kubectl("auth", "can-i", "--list")).toContain("*.*");
    expect(await kubectl("api-resources", "-o", "wide")).toMatch(
      /deployments\s+deploy\s+apps\/v1\s+true\s+Deployment\s+create,/,
    );
    expect(await kubectl("explain", "pod.spec.containers.ports")).toMatch(/containerPort\s+<integer> -required-/);
    expect(await kubectl("version")).toContain("+k8sctl-embedded");
  });

  test("auth can-i, whoami", async () => {
    expect(await kubectl("auth", "can-i", "delete", "nodes")).toBe("yes\n");
    await expect(kubectl("auth", "can-i", "get", "pods", "--as=somebody")).rejects.toThrow();
    expect(await kubectl("auth", "whoami")).toContain("kubernetes-admin");
    await inShop("create", "serviceaccount", "bot");
    await inShop("create", "role", "reader", "--verb=get,list", "--resource=pods");
    await inShop("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=shop:bot");
    const asBot = ["--as=system:serviceaccount:shop:bot"];
    expect(await inShop("auth", "can-i", "list", "pods", ...asBot)).toBe("yes\n");
    await expect(inShop("auth", "can-i", "delete", "pods", ...asBot)).rejects.toMatchObject({ stdout: "no\n" });
    const token = (await inShop("create", "token", "bot")).trim();
    expect(token.split(".")).toHaveLength(3);
  });

  test("client-side apply, diff, edit, replace", async () => {
    const file = join(session.folder, "classic.yaml");
    const write = (data: string) =>
      writeFileSync(
        file,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: classic, namespace: shop }\ndata: ${data}\n`,
      );
    write('{ a: "1", b: "1" }');
    expect(await kubectl("apply", "-f", file)).toBe("configmap/classic created\n");
    expect(await kubectl("apply", "-f", file)).toBe("configmap/classic unchanged\n");
    expect(await kubectl("diff", "-f", file)).toBe("");
    write('{ b: "2" }');
    await expect(kubectl("diff", "-f", file)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining("b:") });
    expect(await kubectl("apply", "-f", file)).toBe("configmap/classic configured\n");
    // What the file no longer holds is gone: that is what last-applied is for.
    const data = () => inShop("get", "configmap", "classic", "-o", "jsonpath={.data}");
    expect(await data()).toBe('{"b":"2"}');
    write('{ c: "3" }');
    expect(await kubectl("replace", "-f", file)).toBe("configmap/classic replaced\n");
    expect(await data()).toBe('{"c":"3"}');
    expect(await kubectl("replace", "--force", "-f", file)).toContain("configmap/classic replaced");
    session.env["KUBE_EDITOR"] = `sed -i 's/"3"/"4"/'`;
    expect(await inShop("edit", "configmap", "classic")).toBe("configmap/classic edited\n");
    expect(await data()).toBe('{"c":"4"}');
  });

  test("taint, cordon, drain, uncordon", async () => {
    const node = "embedded-control-plane";
    await kubectl("taint", "node", node, "k=v:NoSchedule");
    await kubectl("taint", "node", node, "k=v:NoSchedule-");
    await inShop("delete", "pdb", "web");
    const drained = await kubectl("drain", node, "--ignore-daemonsets", "--force", "--timeout=20s");
    expect(drained).toMatch(/evicting pod shop\/web-|pod\/web-\S+ evicted/);
    expect(await kubectl("get", "nodes")).toContain("SchedulingDisabled");
    await kubectl("uncordon", node);
    await rolledOut();
  });

  test("run, and delete --wait of a pod, a tree and a namespace", async () => {
    await inShop("run", "one", "--image=nginx");
    await inShop("wait", "--for=condition=Ready", "pod/one", "--timeout=20s");
    await inShop("delete", "pod", "one", "--wait", "--timeout=20s");
    await inShop("delete", "deployment", "web", "--cascade=foreground", "--timeout=20s");
    expect(await inShop("get", "pods", "-l", "app=web", "-o", "name")).toBe("");
    await kubectl("delete", "namespace", "shop", "--timeout=20s");
    expect(await kubectl("get", "namespaces", "-o", "name")).not.toContain("shop");
  });
});

test.skipIf(noKubectl)("a custom kind with kubectl: columns, defaults, validation, scale, explain", async () => {
  const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath });
  const definition = customType(
    "shop.example.com",
    "Gadget",
    {
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: { size: { type: "integer", default: 1, maximum: 5 }, mode: { type: "string" } },
        },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    {
      names: { shortNames: ["gd"] },
      version: {
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        additionalPrinterColumns: [
          column("Size", "integer", ".spec.size"),
          column("Ready", "string", '.status.conditions[?(@.type=="Ready")].status'),
          column("Age", "date", ".metadata.creationTimestamp"),
        ],
      },
    },
  );
  const gadget = (spec: object) => ({
    apiVersion: "shop.example.com/v1",
    kind: "Gadget",
    metadata: { name: "one", namespace: "default" },
    spec,
  });
  const file = join(session.folder, "gadget.json");
  const apply = (object: object) => {
    writeFileSync(file, JSON.stringify(object));
    return kubectl("apply", "-f", file);
  };
  await apply(definition);
  await kubectl("wait", "--for=condition=Established", "crd/gadgets.shop.example.com", "--timeout=20s");
  await apply(gadget({ mode: "a" }));
  const status = {
    conditions: [
      { type: "Other", status: "False" },
      { type: "Ready", status: "True" },
    ],
  };
  await kubectl("patch", "gd", "one", "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
  expect(await kubectl("get", "gd")).toMatch(/NAME +SIZE +READY +AGE\none +1 +True +\d+s/);
  await kubectl("scale", "gd/one", "--replicas=3");
  expect(await kubectl("get", "gd", "one", "-o", "jsonpath={.spec.size}")).toBe("3");
  await expect(apply(gadget({ size: 9 }))).rejects.toThrow("should be less than or equal to 5");
  await expect(apply(gadget({ colour: "red" }))).rejects.toThrow('unknown field "spec.colour"');
  expect(await kubectl("explain", "gadgets.spec")).toMatch(/mode\s+<string>/);
  await kubectl("delete", "crd", "gadgets.shop.example.com", "--timeout=20s");
  await expect(kubectl("get", "gd")).rejects.toThrow("could not find the requested resource");
});
