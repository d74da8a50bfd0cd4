/** Writes events until its reader has gone and a little longer, then says on stderr that it finished. */
import { createNdjsonView } from "../../src/view/ndjson.ts";

const view = createNdjsonView({ stdout: process.stdout });
let broken = 0;
process.stdout.on("error", () => {
  broken = 1;
});
while (broken < 50) {
  view.event({ v: 1, t: 0, type: "warning", message: "x".repeat(1000) });
  if (broken > 0) broken += 1;
  await new Promise((resolve) => setImmediate(resolve));
}
await view.close();
process.stderr.write("finished its work\n");
