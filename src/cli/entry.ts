import { processIo } from "./io.ts";
import { main } from "./main.ts";

// A reader that went away (`| head`), a terminal that was closed: not an error of ours. What is under way still has to
// end in order.
const GONE = new Set(["EPIPE", "EIO", "ENXIO", "ERR_STREAM_DESTROYED"]);
for (const stream of [process.stdin, process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!GONE.has(error.code ?? "")) throw error;
  });
}
process.exitCode = await main(processIo());
