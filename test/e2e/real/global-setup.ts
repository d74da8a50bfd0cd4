import type { TestProject } from "vitest/node";
import { startRealApi } from "../../../scripts/real-api/start.ts";
import { type Kubelet, startKubelet } from "./kubelet.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = performance.now();
  const api = await startRealApi();
  let kubelet: Kubelet;
  try {
    kubelet = await startKubelet(api.access);
  } catch (error) {
    await api.stop();
    throw error;
  }
  console.log(`real API server ready in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  project.provide("kubeconfig", api.kubeconfig);
  return async () => {
    await kubelet.stop();
    await api.stop();
  };
}
