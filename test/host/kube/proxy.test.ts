import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { configMap, stages } from "./fixture.ts";

const stage = stages();
const open: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** An HTTP proxy that tunnels where its log-in fits. */
async function startProxy(login: string) {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request, socket: Socket, head: Buffer) => {
    if (request.headers["proxy-authorization"] !== `Basic ${Buffer.from(login).toString("base64")}`) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    targets.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream);
    for (const end of [socket, upstream]) end.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ server, sockets });
  return { targets, port: (server.address() as AddressInfo).port };
}

const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "web", name: "a" };

test("requests go through the proxy of the kubeconfig, over connections that are kept", async () => {
  const proxy = await startProxy("me:p@ss");
  const { kube, server } = await stage(() => ({ body: configMap("a", "1") }), {
    access: (access) => ({ ...access, proxyUrl: `http://me:p%40ss@127.0.0.1:${proxy.port}` }),
  });
  for (let i = 0; i < 5; i++) await kube.get(ref);
  expect(new Set(proxy.targets)).toEqual(new Set([`127.0.0.1:${server.port}`]));
  expect(server.connections()).toBe(proxy.targets.length);
  expect(server.connections()).toBeLessThan(5);
});

test("a proxy that refuses is named", async () => {
  const proxy = await startProxy("me:right");
  const { kube } = await stage(() => ({}), {
    access: (access) => ({ ...access, proxyUrl: `http://me:wrong@127.0.0.1:${proxy.port}` }),
  });
  await expect(kube.version()).rejects.toMatchObject({
    code: "EPROXYREFUSED",
    message: expect.stringContaining("407"),
  });
});

test("another kind of proxy is a UserError", async () => {
  const { kube } = await stage(() => ({}), { access: (access) => ({ ...access, proxyUrl: "socks5://127.0.0.1:1" }) });
  await expect(kube.version()).rejects.toMatchObject({ problems: [{ code: "proxy-unsupported" }] });
});
