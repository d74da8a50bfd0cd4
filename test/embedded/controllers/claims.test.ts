import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClusterByHand, clusterByHand } from "../histories/play.ts";

/** Claims that grow, where their class allows it. */
let cluster: ClusterByHand;
beforeEach(async () => {
  cluster = await clusterByHand("default");
});
afterEach(() => cluster.close());

const path = "/api/v1/namespaces/default/persistentvolumeclaims/data";
const storageClass = (name: string, allowVolumeExpansion: boolean) => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name },
  provisioner: "example.com/disks",
  allowVolumeExpansion,
});

function claim(storageClassName: string) {
  const resources = { requests: { storage: "1Gi" } };
  const spec = { storageClassName, accessModes: ["ReadWriteOnce"], resources };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" }, spec };
}

async function grow(to: string) {
  const headers = { "content-type": "application/merge-patch+json" };
  const body = { spec: { resources: { requests: { storage: to } } } };
  return await cluster.client.send({ method: "PATCH", path, headers, body });
}

interface Sized {
  readonly spec: { readonly volumeName: string; readonly capacity: { readonly storage: string } };
  readonly status: { readonly phase: string; readonly capacity: { readonly storage: string } };
}
const read = async (of: string) => (await cluster.client.send({ path: of })).body as Sized;

test("a bound claim of a class that allows it grows with its volume", async () => {
  await cluster.apply(storageClass("elastic", true));
  await cluster.apply(claim("elastic"));
  await cluster.turn(2000);
  expect((await read(path)).status).toMatchObject({ phase: "Bound", capacity: { storage: "1Gi" } });
  expect((await grow("2Gi")).status).toBe(200);
  await cluster.turn(2000);
  const { spec, status } = await read(path);
  expect(status.capacity.storage).toBe("2Gi");
  expect((await read(`/api/v1/persistentvolumes/${spec.volumeName}`)).spec.capacity.storage).toBe("2Gi");
});

test("one of another class is refused in the server's words", async () => {
  await cluster.apply(storageClass("rigid", false));
  await cluster.apply(claim("rigid"));
  await cluster.turn(2000);
  const { status, body } = await grow("2Gi");
  const message =
    'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
  expect([status, (body as { message: string }).message]).toEqual([403, message]);
});
