import { createHash } from "node:crypto";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2/index.js";
import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1/index.js";
import { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1/index.js";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1/index.js";
import { Fn, TerraformOutput, Token } from "cdktf";
import { Construct } from "constructs";
import { type ConnectOptions, connected, connectOptions } from "./app/connect.ts";
import { APP_OPTIONS, type AppIngressOptions, type AppOptions } from "./app/options.ts";
import { appPod, fileKey, migrationPod } from "./app/pod.ts";
import { canary } from "./canary.ts";
import type { StackContext } from "./contract.ts";
import { NamespacedStack } from "./namespaced-stack.ts";
import { restrictNetwork } from "./network-policy.ts";
import { readOptions, refuse, type Settled, settle } from "./options.ts";
import { configHash, labelsOf, type MetadataOf, metadataOf } from "./workload.ts";

export type { AppOptions } from "./app/options.ts";

type Settings = Settled<AppOptions, typeof APP_OPTIONS> & { readonly name: string };

/**
 * A service of one's own: a Deployment with all that belongs around it. Migrations run as a Job before the pods of
 * another image or configuration, which wait for it.
 */
export class App extends Construct {
  /** `orders.shop.svc`, reachable from the whole cluster; nothing answers there where the protocol is `none`. */
  readonly host: string;
  /** `http://orders.shop.svc` for http, else `orders.shop.svc:PORT`. */
  readonly url: string;
  readonly deployment: DeploymentV1;
  /** Absent where the protocol is `none`. */
  readonly service: ServiceV1 | undefined;
  /** The Job of this image and configuration, where there are migrations. */
  readonly migration: JobV1 | undefined;

  constructor(scope: Construct, id: string, options: AppOptions) {
    super(scope, id);
    const settings: Settings = { name: id, ...settle(options.name ?? id, APP_OPTIONS, options) };
    const { name, namespace, protocol, port, autoscale } = settings;
    const { servicePort = protocol === "http" ? 80 : port } = settings;
    this.host = `${name}.${namespace}.svc`;
    this.url =
      protocol === "http"
        ? `http://${this.host}${servicePort === 80 ? "" : `:${servicePort}`}`
        : `${this.host}:${port}`;
    const labels = labelsOf(name, name);
    const metadata = metadataOf(name, namespace, labels);
    const selector = { matchLabels: labels };

    const sources = this.makeSources(settings, metadata);
    this.migration = this.makeMigration(settings, metadata, sources);
    const several = autoscale !== undefined || settings.replicas > 1;
    this.deployment = new DeploymentV1(this, "pods", {
      metadata: metadata(),
      spec: {
        replicas: autoscale === undefined ? String(settings.replicas) : undefined,
        selector,
        template: {
          metadata: { labels, annotations: { ...sources.checksums, ...scraped(settings) } },
          spec: {
            ...appPod(settings, sources),
            topologySpreadConstraint: several
              ? [
                  {
                    maxSkew: 1,
                    topologyKey: "kubernetes.io/hostname",
                    whenUnsatisfiable: "ScheduleAnyway",
                    labelSelector: [selector],
                  },
                ]
              : undefined,
          },
        },
        // A new pod is ready before an old one goes, also where there is but one.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "0", maxSurge: several ? "25%" : "1" } },
      },
      dependsOn: this.migration === undefined ? [] : [this.migration],
    });
    if (settings.canary !== undefined) canary(this.deployment, settings.canary);

    if (protocol !== "none") {
      this.service = new ServiceV1(this, "service", {
        metadata: metadata(),
        spec: { selector: labels, port: [{ name: protocol, port: servicePort, targetPort: protocol }] },
      });
    }
    new PodDisruptionBudgetV1(this, "budget", { metadata: metadata(), spec: { maxUnavailable: "1", selector } });
    if (autoscale !== undefined) this.makeScaler(autoscale, metadata);
    if (settings.ingress !== undefined) this.makeIngress(settings.ingress, settings, metadata);
    const metrics = metricsPort(settings);
    const open = {
      clients: protocol === "none" ? [] : [port],
      metrics: metrics === undefined ? [] : [metrics],
      ingress: settings.ingress === undefined ? [] : [port],
    };
    restrictNetwork(this, { metadata: metadata(), selector, open }, settings.networkPolicy);
  }

  /** What the pods read: account, Secret and ConfigMap, with checksums by which another content restarts them. */
  private makeSources({ name, secrets = {}, files = {} }: Settings, metadata: MetadataOf) {
    const account = new ServiceAccountV1(this, "account", {
      metadata: metadata(),
      automountServiceAccountToken: false,
    });
    const checksums: Record<string, string> = {};
    let secret: SecretV1 | undefined;
    if (Object.keys(secrets).length > 0) {
      secret = new SecretV1(this, "secrets", { metadata: metadata("-env"), data: { ...secrets } });
      checksums["checksum/secrets"] = Fn.sha256(Fn.jsonencode(secrets));
    }
    let config: ConfigMapV1 | undefined;
    if (Object.keys(files).length > 0) {
      const data = Object.fromEntries(Object.entries(files).map(([path, content]) => [fileKey(path), content]));
      config = new ConfigMapV1(this, "files", { metadata: metadata("-files"), data });
      // What is referred to (an authority of another stack) is known only when the plan is made.
      const refers = Object.values(data).some((each) => Token.isUnresolved(each));
      Object.assign(
        checksums,
        refers ? { "checksum/config": Fn.sha256(Fn.jsonencode(data)) } : configHash(JSON.stringify(data)),
      );
    }
    return {
      name,
      account: account.metadata.name,
      secret: secret?.metadata.name,
      config: config?.metadata.name,
      checksums,
    };
  }

  /** A Job cannot be changed: another image or configuration gets one of another name, and the old one goes. */
  private makeMigration(
    settings: Settings,
    metadata: MetadataOf,
    sources: Parameters<typeof migrationPod>[1],
  ): JobV1 | undefined {
    const { migrate, name } = settings;
    if (migrate === undefined) return undefined;
    const labels = labelsOf(`${name}-migrate`, name);
    return new JobV1(this, "migration", {
      metadata: { ...metadata(`-migrate-${migrationDigest(settings)}`), labels },
      spec: {
        backoffLimit: 2,
        template: { metadata: { labels }, spec: migrationPod(settings, sources, migrate) },
      },
      waitForCompletion: true,
    });
  }

  private makeScaler({ min = 1, max, cpu = 80 }: NonNullable<AppOptions["autoscale"]>, metadata: MetadataOf): void {
    if (min > max) refuse(metadata().name, "autoscale", { min, max, cpu }, `min ${min} is more than max ${max}`);
    new HorizontalPodAutoscalerV2(this, "scaler", {
      metadata: metadata(),
      spec: {
        minReplicas: min,
        maxReplicas: max,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: this.deployment.metadata.name },
        metric: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpu } } },
        ],
      },
    });
  }

  private makeIngress(ingress: AppIngressOptions, { name, protocol }: Settings, metadata: MetadataOf): void {
    const { host, path = "/", className = "nginx", tls, annotations } = ingress;
    if (this.service === undefined || protocol === "none" || protocol === "tcp") {
      refuse(name, "ingress", ingress, `an Ingress serves http and grpc, not ${protocol}`);
    }
    if (protocol === "grpc" && tls === undefined && className === "nginx") {
      refuse(name, "ingress", ingress, "gRPC needs tls: without it the library's controller does not serve the host");
    }
    const backend = { service: { name: this.service.metadata.name, port: { name: protocol } } };
    // F5's controller takes a prefix by its letters: /orders would serve /orders-old as well. Two paths say it to every controller.
    const whole = path === "/" ? [] : [{ path, pathType: "Exact", backend }];
    const paths = [{ path: path === "/" ? "/" : `${path}/`, pathType: "Prefix", backend }, ...whole];
    new IngressV1(this, "ingress", {
      metadata: {
        ...metadata(),
        annotations: { ...(protocol === "grpc" ? { "nginx.org/grpc-services": name } : {}), ...annotations },
      },
      spec: {
        ingressClassName: className,
        tls: tls === undefined ? undefined : [{ secretName: tls === "default" ? undefined : tls, hosts: [host] }],
        rule: [{ host, http: { path: paths } }],
      },
    });
  }
}

function metricsPort({ metrics, port, protocol }: Settings): number | undefined {
  if (metrics === undefined || metrics === false) return undefined;
  return (metrics === true ? undefined : metrics.port) ?? (protocol === "none" ? undefined : port);
}

function scraped(settings: Settings): Record<string, string> {
  const port = metricsPort(settings);
  if (port === undefined) return {};
  const path = typeof settings.metrics === "object" ? settings.metrics.path : undefined;
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(port),
    ...(path === undefined ? {} : { "prometheus.io/path": path }),
  };
}

/** Of all that a migration may depend on; references count by being there, as their values come later. */
function migrationDigest({ image, migrate, env = {}, files = {}, secrets = {} }: Settings): string {
  const known = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([key, value]) => [key, Token.isUnresolved(value) ? null : value]);
  const all = JSON.stringify([image, migrate, known(env), known(files), known(secrets)]);
  return createHash("sha256").update(all).digest("hex").slice(0, 8);
}

interface AppVars extends Omit<AppOptions, "image"> {
  readonly image?: string;
  /** Environment variables that other stacks of `after` give: `{ DATABASE_URL: postgres.uri }`. */
  readonly connect?: ConnectOptions;
}

/** One service in a namespace of its own (the stack's name unless told otherwise); vars are the options. */
export default class AppStack extends NamespacedStack {
  readonly app: App;

  constructor(scope: Construct, id: string, context: StackContext) {
    super(scope, id);
    const checks = { ...APP_OPTIONS.checks, connect: connectOptions };
    const { connect = {}, image, ...options } = readOptions<AppVars>(this, context, { checks });
    if (image === undefined)
      refuse(id, "image", undefined, "is missing: name it with its tag, as in shop/orders:1.4.2");
    const secrets = { ...options.secrets, ...connected(id, connect, context.stacks) };
    const namespace = this.makeNamespace(options.namespace ?? id);
    this.app = new App(this, options.name ?? id, { ...options, image, secrets, namespace });
    new TerraformOutput(this, "url", { value: this.app.url });
  }
}
