import type { IncomingMessage } from "node:http";
import type { ClusterAccess } from "../../model/access.ts";
import { type KubeError, UnreachableError } from "../../model/errors.ts";
import type { Clock, Exec, WriteGuard } from "../../ports.ts";
import { failureOf, requestLine } from "./answers.ts";
import { type ClientCertificate, type Connector, openConnector } from "./connector.ts";
import { credentialSource } from "./credentials.ts";
import type { CredentialSource, Proof } from "./proof.ts";
import { type HttpAnswer, type HttpRequest, openAnswer, roundTrip } from "./request.ts";
import { mayHaveArrived, pauseBeforeRetry, type Repeatable } from "./retry.ts";
import { Silence } from "./silence.ts";

export interface Call {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** Whether a second arrival does no harm. GET always is safe. */
  readonly repeatable?: Repeatable;
  readonly signal?: AbortSignal;
  /** A dry run. */
  readonly onlyAsking?: boolean;
  /** Asked before every try, and once more when the connection stands. */
  readonly guard?: WriteGuard;
  /** Called when a try failed that may have been carried out all the same, before the next one. */
  readonly onUnsure?: () => void;
}

/** Longest silence of a server that is asked a short question. */
const SILENCE_MS = 30_000;

/** HTTP to one API server: proves who we are, tries again where that is safe, and throws what failed. */
export class Transport {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #credentials: CredentialSource;
  #connector: Connector | null = null;
  #certificate: ClientCertificate | null = null;
  readonly #silence: Silence;
  #answered = false;
  #clockAhead: number | null = null;
  #closed = false;

  constructor(access: ClusterAccess, ports: { exec: Exec; clock: Clock }, tell: (message: string) => void = () => {}) {
    this.#access = access;
    this.#silence = new Silence(access.server, ports.clock, tell);
    this.#clock = ports.clock;
    this.#credentials = credentialSource(access, ports);
  }

  /** A good answer (status below 400), read whole. Throws KubeError or UnreachableError. */
  async send(call: Call): Promise<HttpAnswer> {
    const started = this.#clock.monotonic();
    for (let tries = 1; ; tries++) {
      await call.guard?.ensureHeld();
      try {
        return await this.#silence.during(
          this.#once(call, async (connector, request) => {
            const answer = await roundTrip(connector, request);
            this.#noteDate(answer.headers.date);
            return { answer, failure: answer.status < 400 ? null : failureOf(answer, requestLine(call)) };
          }),
        );
      } catch (error) {
        const wait = pauseBeforeRetry(
          {
            error,
            method: call.method,
            repeatable: call.method === "GET" ? "safe" : (call.repeatable ?? "not-safe"),
            tries,
            elapsed: this.#clock.monotonic() - started,
            answeredBefore: this.#answered,
            onlyAsking: call.onlyAsking ?? false,
          },
          Math.random(),
        );
        if (wait === null) {
          // Until it answers again each request is tried as with a server that we never heard of.
          if (error instanceof UnreachableError) this.#answered = false;
          throw error;
        }
        if (mayHaveArrived(error)) call.onUnsure?.();
        await this.#clock.sleep(wait, call.signal);
      }
    }
  }

  /** An answer whose body goes on for minutes. One try: the caller knows how to go on. */
  stream(call: Call, silenceMs: number): Promise<IncomingMessage> {
    const opened = this.#once(call, async (connector, request) => {
      const answer = await openAnswer(connector, { ...request, silenceMs }, "streams");
      const status = answer.statusCode ?? 0;
      if (status < 400) return { answer, failure: null };
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString("utf8");
      return { answer, failure: failureOf({ status, headers: answer.headers, text }, requestLine(call)) };
    });
    return this.#silence.during(opened);
  }

  /** Ends what is under way; there is no way back. */
  close(): void {
    this.#closed = true;
    this.#connector?.close();
  }

  /** Milliseconds by which the server's clock is ahead of ours, to a second; null while it is not known. */
  get clockAhead(): number | null {
    return this.#clockAhead;
  }

  /** RFC 9110, Date: whole seconds, so half of one is missing on average. */
  #noteDate(date: string | undefined): void {
    const there = Date.parse(date ?? "");
    if (Number.isNaN(there)) return;
    const ahead = there + 500 - this.#clock.wall();
    // What network and rounding make of it is no difference.
    this.#clockAhead = Math.abs(ahead) < 2000 ? 0 : ahead;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** One try, and a second one with fresh credentials after a 401 where they can be had. */
  async #once<T>(
    call: Call,
    attempt: (connector: Connector, request: HttpRequest) => Promise<{ answer: T; failure: KubeError | null }>,
  ): Promise<T> {
    if (this.#closed) throw new UnreachableError(this.#access.server, "ECLOSED", "the connection was closed by us");
    const proof = await this.#credentials.proof();
    const first = await attempt(this.#connect(proof), this.#request(call, proof));
    this.#answered = true;
    if (first.failure === null) return first.answer;
    const fresh = first.failure.status === 401 ? await this.#credentials.renew(proof) : null;
    if (fresh === null) throw first.failure;
    const second = await attempt(this.#connect(fresh), this.#request(call, fresh));
    if (second.failure !== null) throw second.failure;
    return second.answer;
  }

  #request(call: Call, proof: Proof): HttpRequest {
    return {
      method: call.method,
      path: call.path,
      headers: {
        accept: call.accept ?? "application/json",
        "user-agent": "k8sctl",
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
        ...(proof.token === null ? {} : { authorization: `Bearer ${proof.token.reveal()}` }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      silenceMs: SILENCE_MS,
      ...(call.guard === undefined ? {} : { beforeSending: () => call.guard?.assertHeld() }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
  }

  #connect(proof: Proof): Connector {
    const { certificate } = proof;
    const same =
      certificate?.certificate === this.#certificate?.certificate && certificate?.key === this.#certificate?.key;
    if (this.#connector !== null && same) return this.#connector;
    // The old pool is left to its running requests: its idle connections end by themselves.
    this.#connector = openConnector(this.#access, certificate);
    this.#certificate = certificate;
    return this.#connector;
  }
}
