import { AppsV1Api, CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { workplace } from "../cli/command-line.ts";
import { configMap, deployment, terraformJson } from "../cli/stacks.ts";
import { homeWithCluster, yamlOf } from "./planning.ts";

const home = homeWithCluster();

/** The official client with our credentials, against what `up` made: none of our own transport is between. */
test("the official JavaScript client lists, and its informer sees what up changes", async () => {
  const stack = (word: string) =>
    terraformJson({
      kubernetes_config_map_v1: { m: configMap("seen", { word }) },
      kubernetes_deployment_v1: { web: deployment("web", { replicas: 2 }) },
    });
  const project = workplace(home, {
    "k8sctl.yaml": yamlOf("official", ["stacks/web.tf.json"]),
    "stacks/web.tf.json": stack("one"),
  });
  expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
  const config = new KubeConfig();
  config.loadFromString((await project.run(["cluster", "credentials", "--format", "kubeconfig"])).stdout);

  const apps = config.makeApiClient(AppsV1Api);
  const { items } = await apps.listNamespacedDeployment({ namespace: "default" });
  expect(items.map(({ metadata, status }) => [metadata?.name, status?.readyReplicas])).toEqual([["web", 2]]);

  const core = config.makeApiClient(CoreV1Api);
  const informer = makeInformer<V1ConfigMap>(config, "/api/v1/namespaces/default/configmaps", () =>
    core.listNamespacedConfigMap({ namespace: "default" }),
  );
  onTestFinished(() => void informer.stop());
  const words: (string | undefined)[] = [];
  const gone = new Promise<void>((resolve, reject) => {
    const look = (object: V1ConfigMap) => {
      if (object.metadata?.name === "seen") words.push(object.data?.["word"]);
    };
    informer.on("add", look);
    informer.on("update", look);
    informer.on("delete", (object) => {
      if (object.metadata?.name === "seen") resolve();
    });
    informer.on("error", reject);
  });
  await informer.start();
  project.write({ "stacks/web.tf.json": stack("two") });
  expect((await project.run(["up", "--yes"])).exitCode).toBe(0);
  expect((await project.run(["down", "--yes", "--keep-cluster"])).exitCode).toBe(0);
  await gone;
  expect(words).toEqual(["one", "two"]);
});
