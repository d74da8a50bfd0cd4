import type { KubeObject } from "../model/objects.ts";
import { type ClusterEvent, eventsAbout, firstTime, newestEvent, timesSeen } from "./cluster-events.ts";
import { ageOf, elapsedSince } from "./elapsed.ts";
import { ownTrouble } from "./finding.ts";
import { graces } from "./graces.ts";
import { conditionOf } from "./reading.ts";
import type { Cause, Related, Trouble } from "./related.ts";

type RefusalCause = Extract<
  Cause,
  "quota" | "limit-range" | "pod-security" | "webhook" | "service-account" | "create-refused"
>;

interface Refusal {
  readonly cause: RefusalCause;
  readonly message: string;
  readonly remedy: string;
  /** Whoever refused may change its mind: a webhook whose pods are still starting. */
  readonly passing: boolean;
}

/** Who refuses the pods and why, by the API server's words. */
function refusalOf(said: string): Refusal {
  // `Error creating: pods "web-7c9f-" is forbidden: ` says nothing that is not said already.
  const words = said
    .replace(/^(create Pod \S+ in \w+ \S+ failed error: |Error creating: )/, "")
    .replace(/^[Pp]ods? "[^"]*" is (?:forbidden|invalid): /, "");
  const of = (cause: RefusalCause, message: string, remedy: string, passing = false) => ({
    cause,
    message,
    remedy,
    passing,
  });

  const account = /service account (\S*?\/)?([^:\s"]+)/.exec(words)?.[2];
  if (account !== undefined && /not found/.test(words)) {
    return of(
      "service-account",
      `its pods are refused: ServiceAccount ${account} does not exist`,
      `create the ServiceAccount ${account} in this namespace, or correct its name`,
    );
  }
  const quota = /exceeded quota: (\S+), requested: (.*?), used: (.*?), limited: (.*?)$/.exec(words);
  if (quota !== null) {
    const [, name, asked, used, limited] = quota;
    return of(
      "quota",
      `its pods are refused by ResourceQuota ${name}: asked for ${asked}, in use ${used}, limit ${limited}`,
      `raise the ResourceQuota ${name}, or ask for less`,
    );
  }
  if (/exceeded quota/.test(words)) {
    return of("quota", `its pods are refused: ${words}`, "raise the namespace's ResourceQuota, or ask for less");
  }
  if (/failed quota: /.test(words)) {
    const [, name, what] = /failed quota: (\S+): must specify (.*?)(?: for: .*)?$/.exec(words) ?? [];
    return of(
      "quota",
      `its pods are refused by ResourceQuota ${name ?? ""}: they must say ${what ?? "what they use"}`,
      `set ${what ?? "requests and limits"} on every container: the quota counts them`,
    );
  }
  if (/violates PodSecurity/.test(words)) {
    const [, level, what] = /violates PodSecurity "([^":]+)[^"]*": (.*)$/.exec(words) ?? [];
    return of(
      "pod-security",
      `its pods are refused by Pod Security level ${level ?? ""}: ${what ?? words}`,
      "set what the message names in security_context, or lower the namespace's label pod-security.kubernetes.io/enforce",
    );
  }
  if (/(maximum|minimum) \S+ usage per|max limit to request ratio|must be less than or equal to .*limit/.test(words)) {
    return of(
      "limit-range",
      `its pods are refused by the namespace's LimitRange: ${words}`,
      "keep the containers' resources within the LimitRange, or change it (kubectl get limitrange)",
    );
  }
  const webhook = /webhook "([^"]+)"/.exec(words)?.[1];
  if (webhook !== undefined) {
    const denied = / denied the request:? ?(.*)$/.exec(words);
    return denied === null
      ? of(
          "webhook",
          `its pods cannot be made: admission webhook ${webhook} does not answer`,
          "see the pods behind the webhook, or delete its configuration if nothing serves it any more",
          true,
        )
      : of(
          "webhook",
          `its pods are refused by admission webhook ${webhook}: ${denied[1] || "it gives no reason"}`,
          "change what the webhook objects to, or ask who runs it",
        );
  }
  if (/ValidatingAdmissionPolicy/.test(words)) {
    return of("webhook", `its pods are refused: ${words}`, "change what the policy objects to, or ask who runs it");
  }
  return of("create-refused", `its pods are refused: ${words}`, "see the message: the API server refuses the pods");
}

function troubleOf(
  said: { readonly reason: string; readonly message: string; readonly since: string; readonly event: string },
  elapsedMs: number,
): Trouble {
  const { cause, message, remedy, passing } = refusalOf(said.message);
  return ownTrouble({
    cause,
    reason: said.reason,
    message,
    since: said.since,
    hopeless: elapsedMs >= (passing ? graces.webhookAwayMs : graces.createRefusedMs),
    event: said.event,
    remedy,
  });
}

/** Deployments, ReplicaSets and ReplicationControllers say it in a condition. */
export function refusedByCondition(object: KubeObject, related: Related, now: number): Trouble | null {
  const condition = conditionOf(object, "ReplicaFailure");
  if (condition?.status !== "True") return null;
  const event = newestEvent(eventsAbout(object, related), (each) => each.warning)?.message ?? condition.message;
  const { reason, message, since } = condition;
  return troubleOf({ reason, message, since, event }, elapsedSince(since, related, now));
}

/** StatefulSets, DaemonSets and Jobs have no condition for refused pods: only events tell. */
export function refusedByEvents(object: KubeObject, related: Related, now: number): Trouble | null {
  const refused = (event: ClusterEvent) => event.warning && event.reason === "FailedCreate";
  const events = eventsAbout(object, related);
  const event = newestEvent(events, refused);
  // A pod that was made after the last refusal took its place.
  if (event === null || events.some((later) => later.reason === "SuccessfulCreate" && later.last > event.last)) {
    return null;
  }
  const since = firstTime(events, refused);
  const trouble = troubleOf(
    { reason: event.reason, message: event.message, since, event: event.message },
    ageOf(object, related, now),
  );
  return { ...trouble, hopeless: trouble.hopeless && timesSeen(events, refused) >= 3 };
}
