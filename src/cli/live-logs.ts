import type { ObjectId } from "../model/ids.ts";
import type { Project } from "../model/project.ts";
import type { Ports } from "../ports.ts";
import type { LogReader } from "../view/log-reader.ts";
import { problemsOf } from "./exit.ts";

/** Lines from the end of each log that a person first sees. */
const TAIL = 100;

/** Logs for the live view, over a connection of their own: the run's is not to wait for a person who reads. */
export function liveLogs(ports: Ports, project: Project, clusterName: string): LogReader {
  return (id, onLine, signal) => {
    follow(ports, project, clusterName, id, onLine, signal).catch((error) => {
      if (signal.aborted) return;
      for (const { message } of problemsOf(error) ?? [{ message: String(error) }]) onLine(message);
    });
  };
}

async function follow(
  ports: Ports,
  project: Project,
  clusterName: string,
  id: ObjectId,
  onLine: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { readLogs } = await import("../run/follow-logs.ts");
  const kube = ports.connect(await ports.cluster(project, clusterName).access());
  try {
    const type = (await kube.resourceTypes()).find(({ group, kind }) => group === id.group && kind === id.kind);
    const live = type === undefined ? null : await kube.get({ ...id, version: type.version });
    if (live === null) return onLine("it does not exist yet");
    const settings = { follow: true, previous: false, tailLines: TAIL, sinceSeconds: null, container: null, signal };
    await readLogs({ kube, clock: ports.clock }, [live], settings, ({ pod, container }, { text }) =>
      onLine(`${pod}/${container} ${text}`),
    );
  } finally {
    kube.close();
  }
}
