import { behaviourOf, failingContainer, failureMessage } from "./pod-behaviour.ts";
import type { Container, Pod } from "./shapes.ts";

/** Why an image cannot be had, in the words of a kubelet with containerd. */
export interface ImageTrouble {
  readonly reason: "InvalidImageName" | "ErrImageNeverPull" | "ErrImagePull";
  readonly message: string;
}

/** null: it is there, or can be pulled. */
export function imageTrouble(pod: Pod, container: Container): ImageTrouble | null {
  const { image = "" } = container;
  const unreadable = badReference(image);
  if (unreadable !== null)
    return {
      reason: "InvalidImageName",
      message: `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${unreadable}`,
    };
  const pull = failedPull(pod, container, image);
  if (pull === null) return null;
  if (container.imagePullPolicy === "Never")
    return {
      reason: "ErrImageNeverPull",
      message: `Container image "${image}" is not present with pull policy of Never`,
    };
  return { reason: "ErrImagePull", message: pull };
}

function failedPull(pod: Pod, container: Container, image: string): string | null {
  const behaviour = behaviourOf(pod);
  if (!["image-pull", "image-host", "image-secret"].includes(behaviour)) return null;
  if (failingContainer(pod) !== container.name) return null;
  const unresolved = `failed to pull and unpack image "${image}": failed to resolve reference "${image}"`;
  const own = failureMessage(pod);
  if (own !== undefined) return `${unresolved}: ${own}`;
  switch (behaviour) {
    case "image-host": {
      const [host = "", ...rest] = image.split("/");
      const [repository, tag = "latest"] = rest.join("/").split(":");
      const url = `https://${host}/v2/${repository}/manifests/${tag}`;
      return `${unresolved}: failed to do request: Head "${url}": dial tcp: lookup ${host} on 172.18.0.1:53: server misbehaving`;
    }
    case "image-secret": {
      const denied = "pull access denied, repository does not exist or may require authorization";
      return `${unresolved}: ${denied}: authorization failed: no basic auth credentials`;
    }
    default:
      return `rpc error: code = NotFound desc = ${unresolved}: ${image}: not found`;
  }
}

/** What the reference parser of Docker's distribution says of it; null where it can be read. */
function badReference(image: string): string | null {
  const name = image.replace(/@sha256:[0-9a-f]{64}$/, "").replace(/:[\w][\w.-]{0,127}$/, "");
  const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
  const path = new RegExp(`^${part}(?:/${part})*$`);
  const host = /^(?:localhost|[\w-]+(?:\.[\w-]+)+|[\w-]+:\d+|[\w-]+(?:\.[\w-]+)*:\d+)\//;
  const rest = name.replace(/^localhost:\d+\//, "").replace(host, "");
  if (path.test(rest)) return null;
  if (path.test(rest.toLowerCase())) return `invalid reference format: repository name (${rest}) must be lowercase`;
  return "invalid reference format";
}
