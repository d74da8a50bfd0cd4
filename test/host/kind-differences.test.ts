import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { differences } from "../../src/host/kind-differences.ts";
import { fullName, imagesToLoad, loadIntoNodes } from "../../src/host/kind-images.ts";
import { kindRunner } from "../../src/host/kind-run.ts";
import { runningShape } from "../../src/host/kind-running.ts";
import { patchesDigest, shapeOfConfig } from "../../src/host/kind-shape.ts";
import { type Scene, scriptedPrograms } from "./scripted-programs.ts";

/** What the cluster was made from; below is what Docker and its nodes said of it then. */
const CONFIG = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
featureGates: { WatchListClient: true }
runtimeConfig: { batch/v1: "true" }
networking: { podSubnet: 10.245.0.0/16, apiServerPort: 16443 }
nodes:
  - role: control-plane
    image: kindest/node:v1.34.4
    labels: { tier: front }
    extraPortMappings:
      - { containerPort: 30080, hostPort: 18080, listenAddress: 127.0.0.1 }
      - { containerPort: 53, hostPort: 0, protocol: UDP }
    extraMounts: [{ hostPath: data, containerPath: /data, readOnly: true }]
  - role: worker
    image: kindest/node:v1.34.4
`;

const container = (name: string, role: string, more: object) => ({
  Name: `/${name}`,
  Config: { Image: "kindest/node:v1.34.4", Labels: { "io.x-k8s.kind.cluster": "kx", "io.x-k8s.kind.role": role } },
  HostConfig: { Binds: ["/lib/modules:/lib/modules:ro"], PortBindings: null, ...more },
});
const INSPECTED = [
  container("kx-control-plane", "control-plane", {
    Binds: ["/lib/modules:/lib/modules:ro", "/project/data:/data:ro"],
    PortBindings: {
      "30080/tcp": [{ HostIp: "127.0.0.1", HostPort: "18080" }],
      "53/udp": [{ HostIp: "0.0.0.0", HostPort: "33125" }],
      "6443/tcp": [{ HostIp: "127.0.0.1", HostPort: "16443" }],
    },
  }),
  container("kx-worker", "worker", {}),
];

const KUBEADM = `apiServer:
  extraArgs:
    feature-gates: WatchListClient=true
    runtime-config: batch/v1=true
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.34.4
networking:
  podSubnet: 10.245.0.0/16
  serviceSubnet: 10.96.0.0/16
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
nodeRegistration:
  kubeletExtraArgs:
    node-ip: 172.19.0.2
    node-labels: tier=front
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
`;
const WORKER =
  "kind: JoinConfiguration\nnodeRegistration: { kubeletExtraArgs: [{ name: node-ip, value: 172.19.0.3 }] }\n";

const docker: readonly Scene[] = [
  { when: "ps", stdout: "kx-control-plane\nkx-worker\n" },
  { when: "inspect", stdout: JSON.stringify(INSPECTED) },
  { when: "exec kx-control-plane cat", stdout: KUBEADM },
  { when: "exec kx-worker cat", stdout: WORKER },
];

async function compared(config: string, scenes: readonly Scene[] = docker): Promise<string[]> {
  const running = await runningShape(scriptedPrograms({ docker: scenes }).exec, "docker", "kx");
  const changes = differences(running!, shapeOfConfig(parse(config), "/project"));
  return changes.map(({ path, before, after }) => `${path}: ${before ?? "-"} -> ${after ?? "-"}`);
}

describe("a running kind cluster and its config", () => {
  test("are alike as long as the config is", async () => {
    expect(await compared(CONFIG)).toEqual([]);
  });

  test.each([
    [
      "a port",
      "hostPort: 18080",
      "hostPort: 18081",
      "nodes[control-plane].extraPortMappings 30080/TCP: 127.0.0.1:18080 -> 127.0.0.1:18081",
    ],
    [
      "an address",
      ", listenAddress: 127.0.0.1",
      "",
      "nodes[control-plane].extraPortMappings 30080/TCP: 127.0.0.1:18080 -> 0.0.0.0:18080",
    ],
    [
      "a port that was chosen",
      "hostPort: 0, ",
      "hostPort: 53, ",
      "nodes[control-plane].extraPortMappings 53/UDP: 0.0.0.0:33125 -> 0.0.0.0:53",
    ],
    [
      "a mount",
      "hostPath: data",
      "hostPath: /srv",
      "nodes[control-plane].extraMounts /data: /project/data (read only) -> /srv (read only)",
    ],
    [
      "a mount to be written",
      ", readOnly: true",
      "",
      "nodes[control-plane].extraMounts /data: /project/data (read only) -> /project/data",
    ],
    [
      "the version",
      "image: kindest/node:v1.34.4",
      "image: kindest/node:v1.35.0",
      "nodes[control-plane].image: kindest/node:v1.34.4 -> kindest/node:v1.35.0",
    ],
    ["a label", "tier: front", "tier: back", "nodes[control-plane].labels.tier: front -> back"],
    ["one node less", "  - role: worker\n    image: kindest/node:v1.34.4\n", "", "nodes[worker]: one node -> -"],
    ["one node more", "  - role: worker\n", "  - role: worker\n  - role: worker\n", "nodes[worker2]: - -> one node"],
    ["another role", "role: worker", "role: control-plane", "nodes[control-plane2]: - -> one node"],
    [
      "a feature gate",
      "WatchListClient: true",
      "WatchListClient: false",
      "featureGates.WatchListClient: true -> false",
    ],
    ["a runtime setting", 'batch/v1: "true"', 'api/alpha: "true"', "runtimeConfig.api/alpha: - -> true"],
    [
      "the API server's port",
      "apiServerPort: 16443",
      "apiServerPort: 16444",
      "networking.apiServerPort: 16443 -> 16444",
    ],
    [
      "a subnet that is kind's again",
      "podSubnet: 10.245.0.0/16, ",
      "",
      "networking.podSubnet: 10.245.0.0/16 -> 10.244.0.0/16",
    ],
    ["two families", "podSubnet: 10.245.0.0/16", "ipFamily: dual", "networking.ipFamily: ipv4 -> dual"],
    ["the proxy's mode", "podSubnet:", "kubeProxyMode: ipvs, podSubnet:", "networking.kubeProxyMode: iptables -> ipvs"],
  ])("differ by %s", async (_, from, to, line) => {
    expect(CONFIG).toContain(from);
    expect(await compared(CONFIG.replace(from, to))).toContain(line);
  });

  test("what the config leaves to kind is no difference", async () => {
    const loose = CONFIG.replaceAll("    image: kindest/node:v1.34.4\n", "").replace(", apiServerPort: 16443", "");
    expect(await compared(loose)).toEqual([]);
  });

  test("of a stopped cluster only the containers are compared", async () => {
    const stopped = docker.map((scene) => (scene.when.startsWith("exec") ? { when: scene.when, exit: 1 } : scene));
    expect(await compared(CONFIG.replace("tier: front", "tier: back").replace("18080", "18081"), stopped)).toEqual([
      "nodes[control-plane].extraPortMappings 30080/TCP: 127.0.0.1:18080 -> 127.0.0.1:18081",
    ]);
  });

  test("patches leave no trace but their digest", () => {
    const patched = (patch: string) => patchesDigest({ nodes: [{ kubeadmConfigPatches: [patch] }] });
    expect(patched("a")).not.toBe(patched("b"));
    expect(patchesDigest({ nodes: [{ role: "worker" }] })).toBe(patchesDigest({}));
  });
});

describe("images", () => {
  const own = `sha256:${"a".repeat(64)}`;
  const manifest = `sha256:${"b".repeat(64)}`;
  const other = `sha256:${"c".repeat(64)}`;
  const listed = `REF TYPE DIGEST SIZE\ndocker.io/library/app:1 application/vnd.oci.image.manifest.v1+json ${manifest} 5 MiB\n`;
  const scenes = (config: string): Scene[] => [
    { when: "image inspect --format {{.Id}} app:1", stdout: `${own}\n` },
    { when: "image inspect", stderr: "No such image", exit: 1 },
    { when: "exec dev-control-plane ctr --namespace k8s.io images ls", stdout: listed },
    { when: "exec dev-control-plane ctr --namespace k8s.io content get", stdout: `{"config":{"digest":"${config}"}}` },
  ];
  const missing = (engine: string, given: Scene[], images: string[], nodes = ["dev-control-plane"]) =>
    imagesToLoad(scriptedPrograms({ [engine]: given }).exec, engine, nodes, images);

  test.each(["docker", "podman", "nerdctl"])("the same digest is not loaded again, another is (%s)", async (engine) => {
    expect(await missing(engine, scenes(own), ["app:1"])).toEqual([]);
    expect(await missing(engine, scenes(other), ["app:1"])).toEqual(["app:1"]);
  });

  test("podman's ids have no algorithm in front", async () => {
    const bare = scenes(own).map((scene) => ({ ...scene, stdout: (scene.stdout ?? "").replace(/^sha256:/, "") }));
    expect(await missing("podman", bare, ["app:1"])).toEqual([]);
  });

  test("one that a node alone has stays; one that nobody has is an error", async () => {
    const gone = scenes(own).slice(1);
    expect(await missing("docker", gone, ["app:1"])).toEqual([]);
    await expect(missing("docker", gone, ["nobody:1"])).rejects.toMatchObject({
      problems: [{ code: "image-missing" }],
    });
    await expect(missing("docker", gone, ["app:1"], [])).rejects.toMatchObject({
      problems: [{ code: "image-missing" }],
    });
  });

  test("Docker's are given to kind by name, others' as an archive", async () => {
    const load = async (engine: string) => {
      const programs = scriptedPrograms({
        [engine]: [{ when: "save" }, { when: "version", stdout: "5\n" }],
        kind: [{ when: "load" }],
      });
      const kind = kindRunner(programs.exec, engine, null);
      await loadIntoNodes(kind, programs.exec, { engine, name: "dev", images: ["app:1"] });
      return programs.calls();
    };
    expect(await load("docker")).toEqual(["kind load docker-image --name dev app:1"]);
    expect(await load("podman")).toEqual([
      expect.stringMatching(/^podman save -o \S+ app:1$/),
      expect.stringMatching(/^kind load image-archive --name dev \S+\.tar$/),
    ]);
  });

  test.each([
    ["redis:8", "docker.io/library/redis:8"],
    ["prom/prometheus", "docker.io/prom/prometheus:latest"],
    ["localhost:5001/app:1", "localhost:5001/app:1"],
    ["quay.io/a/b", "quay.io/a/b:latest"],
  ])("%s is %s to containerd", (given, full) => expect(fullName(given)).toBe(full));
});
