import { createServer, type Server, type Socket } from "node:net";
import type { PortForward } from "@kubernetes/client-node";
import { renderCredentials } from "../../access/render.ts";
import type { ClusterAccess } from "../../model/access.ts";
import { userError } from "../../model/errors.ts";
import type { Forward, ForwardOptions } from "../../ports.ts";

/**
 * Listens on 127.0.0.1 and carries each connection to a pod over a WebSocket of the API server. The pod is asked for
 * anew with each connection, so that a pod that was replaced does no harm. UserError `local-port-taken`.
 */
export async function openForward(access: ClusterAccess, options: ForwardOptions): Promise<Forward> {
  const { KubeConfig, PortForward } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(renderCredentials(access, "kubeconfig").reveal());
  const forwarder = new PortForward(config);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // A client that goes away in the middle is nobody's problem.
    socket.on("error", () => undefined);
    carry(forwarder, socket, options).catch((error) => {
      socket.destroy();
      options.onProblem(describe(error));
    });
  });
  const port = await listen(server, options.localPort);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function carry(forwarder: PortForward, socket: Socket, options: ForwardOptions): Promise<void> {
  // What the client says before the pod is reached waits in its socket.
  socket.pause();
  const { pod, port } = await options.destination();
  const carrier = await forwarder.portForward(options.namespace, pod, [port], socket, null, socket);
  const ws = typeof carrier === "function" ? carrier() : carrier;
  socket.once("close", () => ws?.close());
  ws?.addEventListener("close", () => socket.end());
  socket.resume();
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      if (!taken) return reject(error);
      const why = error.code === "EACCES" ? "may not be opened by you" : "is in use on this machine";
      reject(userError("local-port-taken", `port ${port} ${why}`, { remedy: "choose another: LOCAL:REMOTE" }));
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** client-node's sockets fail with an event, not with an Error. */
function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === "string" && message !== "" ? message : "the API server refused to forward the port";
}
