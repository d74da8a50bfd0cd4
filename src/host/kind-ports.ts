import { createServer } from "node:net";
import type { Problem } from "../model/errors.ts";
import type { HostPort } from "./kind-config.ts";

/** The ports that somebody listens on already, each with its place in the kind config. */
export async function takenPorts(ports: readonly HostPort[]): Promise<{ port: number; problem: Problem }[]> {
  const asked = await Promise.all(ports.map(async (port) => ({ port, is: await isTaken(port) })));
  return asked.filter(({ is }) => is).map(({ port }) => ({ port: port.port, problem: taken(port) }));
}

/** Only "in use" counts: that we may not listen on a port, or have no such address, does not bind the container engine. */
function isTaken({ address, port }: HostPort): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE"));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}

function taken({ address, port, position }: HostPort): Problem {
  return {
    code: "port-taken",
    message: `port ${port} of ${address} is in use on this machine`,
    position,
    remedy: "end the program that listens on that port, or change the port in the kind config",
    severity: "error",
  };
}
