import { userError } from "../model/errors.ts";
import { nearNames } from "../model/near.ts";
import type { Entry, Kubeconfig } from "./kubeconfig.ts";

/** The three entries that a context joins. */
export interface ChosenContext {
  readonly context: Entry;
  readonly cluster: Entry;
  readonly user: Entry | null;
}

/**
 * The context of that name, or the current one for null. Throws UserError `context-missing`, and `kubeconfig-dangling`
 * where it names a cluster or user that is nowhere.
 */
export function chooseContext(config: Kubeconfig, name: string | null): ChosenContext {
  const wanted = name ?? config.currentContext;
  const context = config.contexts.get(wanted);
  if (context === undefined) throw contextMissing(config, name);
  const clusterName = textOf(context, "cluster");
  const cluster = config.clusters.get(clusterName);
  if (cluster === undefined) throw dangling(context, "cluster", clusterName);
  const userName = textOf(context, "user");
  const user = userName === "" ? null : config.users.get(userName);
  if (user === undefined) throw dangling(context, "user", userName);
  return { context, cluster, user };
}

function contextMissing(config: Kubeconfig, name: string | null) {
  const all = [...config.contexts.keys()];
  const where = config.paths.length === 0 ? "no kubeconfig was found" : `looked in ${config.paths.join(", ")}`;
  const choice = all.length === 0 ? "there are no contexts at all" : `contexts there are: ${all.sort().join(", ")}`;
  if (name === null) {
    return userError("context-missing", `no context is chosen (${where})`, {
      remedy: `name one by \`context:\` in k8sctl.yaml; ${choice}`,
    });
  }
  const near = nearNames(name, all);
  return userError("context-missing", `the context "${name}" does not exist (${where})`, {
    remedy: near.length > 0 ? `did you mean ${near.map((n) => `"${n}"`).join(" or ")}?` : choice,
  });
}

function dangling(context: Entry, what: "cluster" | "user", name: string) {
  return userError(
    "kubeconfig-dangling",
    `the context "${context.name}" names the ${what} "${name}", which is nowhere`,
    {
      position: context.position(what),
      remedy: `add the ${what} to the kubeconfig, or correct the name`,
    },
  );
}

function textOf(entry: Entry, field: string): string {
  const value = entry.body[field];
  return typeof value === "string" ? value : "";
}
