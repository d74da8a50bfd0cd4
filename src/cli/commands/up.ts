import { upOrBack } from "../../run/rollback.ts";
import { withDetail } from "../../run/up.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { upOptions } from "../options.ts";
import { withSession } from "../session.ts";

/** From nothing, or from whatever is there, to a running and verified system. */
export function run(io: CliIo, options: Options): Promise<number> {
  return withSession(io, options, "up", async (session) => {
    const settings = await upOptions("up", session, options);
    const result = await upOrBack({ ...session, approver: session.view }, settings, options.onFailure ?? "keep");
    return options.detailedExitcode === true ? withDetail(result) : result;
  });
}
