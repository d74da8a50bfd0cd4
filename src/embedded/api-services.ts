import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../model/read-field.ts";
import type { Cluster } from "./call.ts";
import { controllerStore } from "./controller-store.ts";
import type { LaterQueue } from "./later.ts";
import { timestamp } from "./memory-store.ts";
import type { Store, StoreEvent } from "./store.ts";

/**
 * Says of each APIService whether its group is served (reasons and words of the real server). Nothing behind a Service is
 * ever asked: the embedded cluster runs no pods.
 */
export class ApiServices {
  readonly #cluster: Cluster;
  readonly #queue: LaterQueue;
  readonly #store: Store;

  constructor(cluster: Cluster, queue: LaterQueue) {
    this.#cluster = cluster;
    this.#queue = queue;
    this.#store = controllerStore(cluster);
  }

  follow({ object, type }: StoreEvent): void {
    if (object.kind === "APIService") {
      if (type !== "DELETED") this.#look(object.metadata.name);
    } else if (object.kind === "Service" || object.kind === "EndpointSlice") {
      for (const { metadata, ...rest } of this.#store.list(this.#type())) {
        if (textAt(rest, "spec", "service", "namespace") === object.metadata.namespace) this.#look(metadata.name);
      }
    }
  }

  #type() {
    return this.#cluster.catalog.find("apiregistration.k8s.io", "v1", "apiservices")!;
  }

  #look(name: string): void {
    this.#queue.add(`apiservice ${name}`, () => {
      const found = this.#store.get(this.#type(), "", name);
      if (found === null || found.metadata.deletionTimestamp !== undefined) return;
      const others = listAt(found, "status", "conditions").filter((each) => textAt(each, "type") !== "Available");
      const before = listAt(found, "status", "conditions").find((each) => textAt(each, "type") === "Available");
      const [status, reason, message] = this.#availability(found);
      const known = textAt(before, "status") === status ? at(before, "lastTransitionTime") : undefined;
      const lastTransitionTime = known ?? timestamp(this.#cluster.now());
      const condition = { type: "Available", status, lastTransitionTime, reason, message };
      if (isDeepStrictEqual(before, condition)) return;
      const next = { ...(found["status"] as JsonObject), conditions: [...others, condition] };
      this.#store.update(this.#type(), { ...found, status: next });
    });
  }

  #availability(service: KubeObject): readonly [status: string, reason: string, message: string] {
    const { namespace, name } = objectAt(service, "spec", "service");
    if (name === undefined) return ["True", "Local", "Local APIServices are always available"];
    const [inside, called] = [String(namespace), String(name)];
    const where = `service/${called} in ${JSON.stringify(inside)}`;
    const { catalog } = this.#cluster;
    const found = this.#store.get(catalog.find("", "v1", "services")!, inside, called);
    if (found === null) return ["False", "ServiceNotFound", `${where} is not present`];
    const number = numberAt(service, "spec", "service", "port");
    const port = listAt(found, "spec", "ports").find((each) => numberAt(each, "port") === number);
    if (port === undefined) return ["False", "ServicePortError", `${where} is not listening on port ${number}`];
    const slices = this.#store
      .list(catalog.find("discovery.k8s.io", "v1", "endpointslices")!, inside)
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === called);
    if (slices.length === 0) return ["False", "EndpointsNotFound", `cannot find endpointslices for ${where}`];
    const ready = slices.some((slice) =>
      listAt(slice, "endpoints").some((endpoint) => at(endpoint, "conditions", "ready") !== false),
    );
    if (ready) return ["False", "FailedDiscoveryCheck", "the embedded cluster runs no pods that could answer"];
    const portName = JSON.stringify(textAt(port, "name"));
    const why = `endpointslices for ${where} have no addresses with port name ${portName}`;
    return ["False", "MissingEndpoints", why];
  }
}
