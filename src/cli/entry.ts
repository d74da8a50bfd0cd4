import { processIo } from "./io.ts";
import { main } from "./main.ts";

// A reader that went away (`| head`) is not an error of ours: what is under way still has to end in order.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
process.exitCode = await main(processIo());
