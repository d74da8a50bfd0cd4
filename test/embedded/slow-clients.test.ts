import { once } from "node:events";
import { connect } from "node:net";
import { connect as secureConnect, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import type { ConnectionLimits } from "../../src/embedded/connection-limits.ts";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;
const said: string[] = [];

/** Limits that are met soon; each test says which one it is about. */
async function startWith(limits: Partial<ConnectionLimits>): Promise<void> {
  said.length = 0;
  cluster = await startEmbedded({ simulate: false, log: (line) => said.push(line), limits });
  client = clientOf(cluster.access);
}

afterEach(async () => {
  client.close();
  await cluster.close();
});

/** A connection of our own, so that we say what is sent and when. */
async function dial(): Promise<TLSSocket> {
  const { credentials, server } = cluster.access;
  if (credentials.kind !== "certificate") throw new Error("no certificate");
  const own = { cert: credentials.certificate, key: credentials.key.reveal() };
  const socket = secureConnect({
    host: "127.0.0.1",
    port: Number(new URL(server).port),
    rejectUnauthorized: false,
    ...own,
  });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

/** All that the server says until it hangs up. */
async function answerOf(socket: TLSSocket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += String(chunk);
  });
  socket.resume();
  await once(socket, "close");
  return text;
}

const maps = "/api/v1/namespaces/default/configmaps";
const json = { "content-type": "application/json" };
const head = `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

test.each([
  ["says nothing", ""],
  ["does not end its headers", "GET /api HTTP/1.1\r\nHost: x\r\n"],
  ["does not end its body", `${head}Content-Length: 500\r\n\r\n{`],
  ["does not end its chunks", `${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`],
])("who %s is told why and cut off", async (_, text) => {
  await startWith({ headersMs: 200, requestMs: 200 });
  const socket = await dial();
  socket.write(text);
  // A byte now and then does not help.
  const dripping = setInterval(() => socket.writable && text.endsWith("{") && socket.write(" "), 20);
  const answer = await answerOf(socket);
  clearInterval(dripping);
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(answer).toContain('"message":"the request did not arrive in time: headers have 0.2 s, all of it 0.2 s"');
  expect((await client.send({ path: "/readyz" })).status).toBe(200);
  expect(said).toEqual([]);
});

test("who does not even speak TLS is cut off", async () => {
  await startWith({ headersMs: 200 });
  const socket = connect(cluster.port, "127.0.0.1").resume();
  await once(socket, "close");
  expect((await client.send({ path: "/readyz" })).status).toBe(200);
});

test("connections beyond the limit are refused and the log says so; when others leave there is room", async () => {
  await startWith({ connections: 40 });
  const idle = await Promise.all(Array.from({ length: 40 }, dial));
  await expect(client.send({ path: "/readyz" })).rejects.toThrow(/ECONNRESET|disconnected|hang up/);
  expect(said).toEqual(["refused a connection: 40 are open, which is the limit"]);
  for (const socket of idle) socket.destroy();
  await expect.poll(() => client.send({ path: "/readyz" }).then(({ status }) => status, String)).toBe(200);
});

const bigMap = (name: string, size = 100_000) => ({ metadata: { name }, data: { text: "x".repeat(size) } });

/** Lists 12 MB, which is more than the kernel keeps for a connection, and reads none of it. */
async function listUnread(count: number): Promise<TLSSocket[]> {
  for (let n = 0; n < 12; n++)
    await client.send({ method: "POST", path: maps, headers: json, body: bigMap(`m${n}`, 1_000_000) });
  const sockets = await Promise.all(Array.from({ length: count }, dial));
  for (const socket of sockets) socket.pause().write(`GET ${maps} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return sockets;
}

const status = (path: string) => client.send({ path }).then((answer) => answer.status);

test("answers that nobody reads do not pile up: others are asked to come later", async () => {
  await startWith({ bytesInHand: 8_000_000 });
  const lazy = await listUnread(4);
  await expect.poll(() => status(maps)).toBe(429);
  const refused = await client.send({ path: maps });
  expect(refused.headers["retry-after"]).toBe("1");
  expect(refused.body).toMatchObject({
    reason: "TooManyRequests",
    message: expect.stringContaining("too many requests at once"),
  });
  for (const socket of lazy) socket.destroy();
  await expect.poll(() => status(maps)).toBe(200);
});

test("an answer that nobody reads is thrown away after its time, and the log says so", async () => {
  await startWith({ unreadMs: 100 });
  const [socket] = await listUnread(1);
  await expect.poll(() => said).toEqual(["closed a connection: nothing of its answer was read for 0.1 s"]);
  expect((await answerOf(socket!)).length).toBeLessThan(12_000_000);
});

const watch = (query: string) => `GET ${maps}?watch=1${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

test("a watch that does not read keeps little, and misses nothing when it reads again", async () => {
  await startWith({ watchBytes: 50_000 });
  await client.send({ method: "POST", path: maps, headers: json, body: bigMap("busy") });
  const socket = (await dial()).pause();
  socket.write(watch("&timeoutSeconds=3600"));
  const headers = { "content-type": "application/merge-patch+json" };
  // 15 MB of events, which is more than the kernel keeps for a connection.
  for (let n = 1; n <= 150; n++)
    await client.send({ method: "PATCH", path: `${maps}/busy`, headers, body: { data: { n: String(n) } } });
  await client.send({ method: "DELETE", path: `${maps}/busy` });
  let told = "";
  for await (const chunk of socket) {
    told += String(chunk).replaceAll(/x+/g, "");
    if (told.includes('{"type":"DELETED"')) break;
  }
  expect([...told.matchAll(/MODIFIED.*"n":"(\d+)"/g)].map(([, n]) => Number(n))).toEqual(
    Array.from({ length: 150 }, (_, n) => n + 1),
  );
});

test("a watch that reads again when what it missed is forgotten is told to list anew", async () => {
  await startWith({ watchBytes: 50_000 });
  await client.send({ method: "POST", path: maps, headers: json, body: bigMap("busy") });
  const socket = await dial();
  socket.write(watch(""));
  await once(socket, "data");
  socket.pause();
  const type = cluster.store.type("", "ConfigMap")!;
  const live = cluster.store.get(type, "default", "busy")!;
  const { resourceVersion: _, ...metadata } = live.metadata;
  // More than the history keeps of big objects.
  for (let n = 0; n < 800; n++)
    cluster.store.update(type, { ...live, metadata, data: { text: "x".repeat(99_000), n: String(n) } });
  expect((await answerOf(socket)).replaceAll(/x+/g, "")).toMatch(/"type":"ERROR".*"code":410/);
});
