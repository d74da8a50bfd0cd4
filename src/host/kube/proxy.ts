import type { Agent as HttpAgent } from "node:http";
import { request } from "node:http";
import { type AgentOptions, Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import { userError } from "../../model/errors.ts";

type Connected = (error: Error | null, socket: Duplex) => void;

/** A keep-alive agent whose connections go through an HTTP proxy by CONNECT (kubeconfig's proxy-url). */
export function tunnelAgent(proxyUrl: string, options: AgentOptions): HttpAgent {
  const proxy = URL.canParse(proxyUrl) ? new URL(proxyUrl) : null;
  if (proxy?.protocol !== "http:") {
    throw userError("proxy-unsupported", `proxy-url ${proxyUrl} is not an http:// proxy`, {
      remedy: "only http:// proxies (CONNECT) are supported; use one, or remove proxy-url from the kubeconfig",
    });
  }
  return new TunnelAgent(proxy, options);
}

class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: ConnectionOptions, connected?: Connected): undefined {
    const target = `${options.host}:${options.port}`;
    const { username, password, hostname, port } = this.#proxy;
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
    const opening = request({
      host: hostname,
      port: port === "" ? 80 : Number(port),
      method: "CONNECT",
      path: target,
      agent: false,
      headers: { host: target, ...(username === "" ? {} : { "proxy-authorization": `Basic ${login}` }) },
    });
    opening.once("error", (error) => connected?.(error, undefined as never));
    opening.once("connect", (answer, socket: Socket) => {
      if (answer.statusCode === 200) {
        connected?.(null, tlsConnect({ ...options, socket }));
        return;
      }
      socket.destroy();
      const refused = new Error(`the proxy ${hostname} answered ${answer.statusCode} to CONNECT ${target}`);
      connected?.(Object.assign(refused, { code: "EPROXYREFUSED" }), undefined as never);
    });
    opening.end();
    return undefined;
  }
}
