/** `npm run build:clients`: the clients that tests drive, built from their Go modules into our cache. */
import { buildClients } from "./real-clients/programs.ts";

for (const line of await buildClients(process.env)) console.log(line);
