import type { IncomingMessage, RequestOptions, ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import { pick } from "./seeded.ts";

/** What a bad network and a server in trouble do to one request. */
export const TROUBLES = [
  "429",
  "500",
  "500-after",
  "503",
  "slow",
  "reset",
  "reset-after",
  "cut-request",
  "cut-answer",
] as const;
type Trouble = (typeof TROUBLES)[number] | "dropped-watch";

/** Decides, request by request, what goes wrong; and keeps count. */
export class Weather {
  readonly counts = new Map<Trouble, number>();
  readonly #random: () => number;
  readonly #share: number;

  /** `share`: of the requests, and of what a watch tells, that go wrong. */
  constructor(random: () => number, share: number) {
    this.#random = random;
    this.#share = share;
  }

  strike(): (typeof TROUBLES)[number] | null {
    if (this.#random() >= this.#share) return null;
    const trouble = pick(TROUBLES, this.#random);
    this.#count(trouble);
    return trouble;
  }

  dropsWatch(): boolean {
    if (this.#random() >= this.#share) return false;
    this.#count("dropped-watch");
    return true;
  }

  /** A share of something, for where it is cut. */
  part(): number {
    return this.#random();
  }

  #count(trouble: Trouble): void {
    this.counts.set(trouble, (this.counts.get(trouble) ?? 0) + 1);
  }
}

/** Passes one request on, or not, or not wholly. */
export function passThrough(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: RequestOptions,
  weather: Weather,
): void {
  const trouble = weather.strike();
  const isWatch = (incoming.url ?? "").includes("watch=");
  const body: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => body.push(chunk));
  incoming.on("error", () => undefined);
  incoming.on("end", () => {
    const whole = Buffer.concat(body);
    switch (trouble) {
      case "429":
        return refuse(outgoing, 429, "TooManyRequests", { "retry-after": String(Math.floor(weather.part() * 2)) });
      case "500":
        return refuse(outgoing, 500, "InternalError");
      case "503":
        return weather.part() < 0.5
          ? void outgoing.writeHead(503, { "content-type": "text/plain" }).end("no healthy upstream")
          : refuse(outgoing, 503, "ServiceUnavailable");
      case "reset":
        return void incoming.socket.destroy();
      case "slow":
        return void setTimeout(() => forward(whole), weather.part() * 400);
      case "cut-request":
        return sendPart(upstream, whole.subarray(0, Math.floor(whole.length * weather.part())), whole.length, () =>
          incoming.socket.destroy(),
        );
      default:
        return forward(whole);
    }
  });

  function forward(whole: Buffer): void {
    const sent = httpsRequest(upstream, (answer) => {
      if (isWatch) return relayWatch(answer, outgoing, weather);
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", () => outgoing.destroy());
      answer.on("end", () => {
        const text = Buffer.concat(chunks);
        if (trouble === "reset-after") return void incoming.socket.destroy();
        if (trouble === "500-after") return refuse(outgoing, 500, "InternalError");
        const { "transfer-encoding": _, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, { ...headers, "content-length": String(text.length) });
        if (trouble !== "cut-answer") return void outgoing.end(text);
        outgoing.write(text.subarray(0, Math.floor(text.length * weather.part())), () => incoming.socket.destroy());
      });
    });
    sent.on("error", () => outgoing.destroy());
    sent.end(whole);
  }
}

function refuse(outgoing: ServerResponse, code: number, reason: string, headers: Record<string, string> = {}): void {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", message: `made up: ${reason}`, reason, code };
  outgoing.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(status));
}

/** The server hears the beginning of a body whose rest never comes. */
function sendPart(upstream: RequestOptions, part: Buffer, length: number, then: () => void): void {
  const sent = httpsRequest({
    ...upstream,
    agent: false,
    headers: { ...(upstream.headers as object), "content-length": length },
  });
  sent.on("error", () => undefined);
  sent.on("response", (answer) => answer.resume());
  sent.write(part, () => {
    sent.destroy();
    then();
  });
}

/** Any piece of a watch may be its last, whole or in part. */
function relayWatch(answer: IncomingMessage, outgoing: ServerResponse, weather: Weather): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  outgoing.flushHeaders();
  outgoing.on("close", () => answer.destroy());
  answer.on("error", () => outgoing.destroy());
  answer.on("end", () => outgoing.end());
  answer.on("data", (chunk: Buffer) => {
    if (!weather.dropsWatch()) return void outgoing.write(chunk);
    outgoing.write(chunk.subarray(0, Math.floor(chunk.length * weather.part())), () => outgoing.destroy());
  });
}
