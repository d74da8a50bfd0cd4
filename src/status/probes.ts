import { at, listAt, textAt } from "./reading.ts";

export type ProbeKind = "Readiness" | "Liveness" | "Startup";

/** `GET :8080/health`, `TCP 5432`, `gRPC 9000`, `pg_isready -U app`; "" where the spec has no such probe. */
export function describeProbe(container: unknown, kind: ProbeKind): string {
  const probe = at(container, `${kind.toLowerCase()}Probe`);
  const http = at(probe, "httpGet");
  if (http !== undefined) {
    const host = textAt(http, "host");
    return `GET ${host}:${portOf(http)}${textAt(http, "path") || "/"}`;
  }
  if (at(probe, "tcpSocket") !== undefined) return `TCP ${portOf(at(probe, "tcpSocket"))}`;
  if (at(probe, "grpc") !== undefined) return `gRPC ${portOf(at(probe, "grpc"))}`;
  const words = listAt(probe, "exec", "command").filter((word) => typeof word === "string");
  const command = textAt({ command: words.join(" ") }, "command");
  return command.length <= 60 ? command : `${command.slice(0, 59)}…`;
}

function portOf(value: unknown): string {
  const port = at(value, "port");
  return typeof port === "number" ? String(port) : textAt(value, "port");
}

/** The kubelet's Event as what the probe was answered: `404`, `connection refused`, `no answer in time`. */
export function probeAnswer(message: string): string {
  const rest = message.replace(/^\S+ probe (?:failed|errored(?: and resulted in \S+ state)?): ?/, "");
  const code = /HTTP probe failed with statuscode: (\d+)/.exec(rest)?.[1];
  if (code !== undefined) return `answers ${code}`;
  if (/connection refused/.test(rest)) return "is refused: nothing listens on that port";
  if (/context deadline exceeded|Client\.Timeout|command timed out|i\/o timeout|timeout:/.test(rest))
    return "gets no answer in time";
  if (/no route to host/.test(rest)) return "finds no route to the pod";
  return rest === "" ? "fails" : `says: ${rest}`;
}

/** What the probe's own answer suggests to look at first. */
export function probeRemedy(kind: ProbeKind, message: string): string {
  const field = `${kind.toLowerCase()}_probe`;
  if (/statuscode: 404/.test(message)) return `correct the path of ${field}: the container does not serve it`;
  if (/statuscode: (401|403)/.test(message)) return `let ${field} ask for a path that needs no login`;
  if (/connection refused/.test(message)) return `correct the port of ${field}, or see in the log why nothing listens`;
  if (kind === "Liveness")
    return "give the liveness probe more time, or add a startup probe, or see why the container stops answering";
  return `see in the log why the container is not ready, or correct ${field}`;
}
