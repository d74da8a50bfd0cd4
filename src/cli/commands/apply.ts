import { resolve } from "node:path";
import { userError } from "../../model/errors.ts";
import { readSavedPlan, type SavedPlan } from "../../plan/saved.ts";
import { upOrBack } from "../../run/rollback.ts";
import { withDetail } from "../../run/up.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { upOptions } from "../options.ts";
import { withSession } from "../session.ts";
import { makePorts } from "../wire.ts";

/** `up` on a cluster that must exist; with a plan file, exactly what that plan says. */
export async function run(io: CliIo, options: Options, [file]: readonly string[]): Promise<number> {
  const saved = file === undefined ? null : await readPlanFile(io, options, file);
  const chosen = saved === null ? options : asSaved(options, saved);
  return withSession(io, chosen, "apply", async (session) => {
    const planned = saved === null ? {} : { ownership: saved.ownership };
    const settings = { ...(await upOptions("apply", session, chosen)), ...planned, saved };
    const result = await upOrBack({ ...session, approver: session.view }, settings, options.onFailure ?? "keep");
    return options.detailedExitcode === true ? withDetail(result) : result;
  });
}

async function readPlanFile(io: CliIo, options: Options, file: string): Promise<SavedPlan> {
  const text = await makePorts(io).files.read(resolve(io.cwd, file));
  if (text === null) {
    throw userError("plan-file-missing", `there is no plan file ${file}`, {
      remedy: `make one with \`k8sctl plan --out ${file}\``,
    });
  }
  const given = [
    ...(options.cluster === undefined ? [] : ["--cluster"]),
    ...(options.stack === undefined ? [] : ["--stack"]),
    ...(options.forceConflicts === true ? ["--force-conflicts"] : []),
    ...(options.take === undefined ? [] : ["--take"]),
    ...(options.yield === undefined ? [] : ["--yield"]),
  ];
  if (given.length === 0) return readSavedPlan(text);
  throw userError(
    "plan-file-options",
    `${given.join(", ")} cannot be given with a plan file: the plan has decided it`,
    {
      remedy: "leave it out, or plan again with it",
    },
  );
}

function asSaved(options: Options, saved: SavedPlan): Options {
  const { name } = saved.cluster;
  return {
    ...options,
    cluster: name,
    forceConflicts: saved.forceConflicts,
    ...(saved.selected === null ? {} : { stack: saved.selected }),
  };
}
