import { rollback } from "../../run/rollback.ts";
import { withDetail } from "../../run/up.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { upOptions } from "../options.ts";
import { withSession } from "../session.ts";

/** Back to what an earlier run left, as the cluster remembers it: no stack code runs. */
export function run(io: CliIo, options: Options, [number]: readonly string[]): Promise<number> {
  return withSession(io, options, "rollback", async (session) => {
    const { stack = null, ...rest } = options;
    const settings = await upOptions("rollback", session, rest);
    const wish = { type: "to", number: number === undefined ? null : Number(number), stacks: stack } as const;
    const result = await rollback({ ...session, approver: session.view }, settings, wish);
    return options.detailedExitcode === true ? withDetail(result) : result;
  });
}
