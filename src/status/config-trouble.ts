import { firstTime, newestEvent } from "./cluster-events.ts";
import { type ContainerView, nameIn } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { textAt } from "./reading.ts";
import type { Trouble } from "./related.ts";

/** The kubelet's words of what passes by itself: its caches are not filled yet, a removal is still under way. */
const passing = /have not yet been read|context deadline exceeded|is reserved for|timed out waiting/i;

/**
 * CreateContainerConfigError and CreateContainerError: the pod's spec cannot be made into a container. A ConfigMap, a
 * Secret or one of its keys may be missing; the rest is a demand that image and spec do not meet together.
 */
export function configTrouble(view: ContainerView): Trouble {
  const { pod, container, events, related, now } = view;
  const about = (event: { warning: boolean; message: string }) =>
    event.warning && container.message !== "" && event.message.includes(container.message);
  const since = firstTime(events, about) || textAt(pod, "status", "startTime");
  const missing = missingReference(container.message);
  const elapsed = elapsedSince(since, related, now);
  return {
    cause: missing === null ? "container-config" : "config-missing",
    reason: container.reason,
    message:
      missing === null
        ? `${nameIn(view)} cannot be made: ${container.message}`
        : `${nameIn(view)} needs ${missing.what}`,
    times: 1,
    hopeless:
      !passing.test(container.message) &&
      elapsed >= (missing === null ? graces.containerConfigMs : graces.configMissingMs),
    pod: pod.metadata.name,
    pods: 1,
    since,
    event: newestEvent(events, about)?.message ?? container.message,
    log: null,
    remedy: missing?.remedy ?? configRemedy(container.message),
  };
}

/** `configmap "settings" not found`, `couldn't find key URL in Secret web/db`, `references non-existent secret key: tls.crt`. */
export function missingReference(message: string): { readonly what: string; readonly remedy: string } | null {
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) \S*?\/?([^/\s"]+)(?:\s|$|")/i.exec(message);
  if (key !== null) {
    const [, field, kind, name] = key;
    return {
      what: `key ${field} of ${kind} ${name}, which does not have it`,
      remedy: `add the key ${field} to the ${kind} ${name}, or correct the key's name`,
    };
  }
  const projected = /references non-existent (config|secret) key: (\S+)/i.exec(message);
  if (projected !== null) {
    const kind = projected[1]?.toLowerCase() === "config" ? "ConfigMap" : "Secret";
    return {
      what: `key ${projected[2]} of a ${kind}, which does not have it`,
      remedy: `add the key ${projected[2]} to the ${kind} of the volume, or correct the volume's items`,
    };
  }
  const whole = /(configmap|secret|persistentvolumeclaim)s? "?([^"\s]+)"? (?:is )?(?:not found|not registered)/i.exec(
    message,
  );
  if (whole === null || /not registered/.test(whole[0])) return null;
  const kind = kindNames[whole[1]?.toLowerCase() ?? ""] ?? "object";
  return {
    what: `${kind} ${whole[2]}, which does not exist`,
    remedy: `create the ${kind} ${whole[2]} in this namespace, or correct its name`,
  };
}

const kindNames: Readonly<Record<string, string>> = {
  configmap: "ConfigMap",
  secret: "Secret",
  persistentvolumeclaim: "PersistentVolumeClaim",
};

function configRemedy(message: string): string {
  if (/runAsNonRoot/.test(message))
    return "set securityContext.runAsUser to a number other than 0, or take an image that does not run as root";
  if (/no command specified/i.test(message)) return "give the container a command: its image has none";
  if (/subPath/i.test(message)) return "correct the volume mount's sub_path";
  return "correct what the container asks for: see the message";
}
