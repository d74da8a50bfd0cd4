import { up, withDetail } from "../../run/up.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { upOptions } from "../options.ts";
import { withSession } from "../session.ts";

/** `up` on a cluster that must exist. */
export function run(io: CliIo, options: Options): Promise<number> {
  return withSession(io, options, "apply", async (session) => {
    const settings = await upOptions("apply", session, options);
    const result = await up({ ...session, approver: session.view }, settings);
    return options.detailedExitcode === true ? withDetail(result) : result;
  });
}
