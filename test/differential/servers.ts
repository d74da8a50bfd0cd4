import { startRealApi } from "../../scripts/real-api/start.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import type { ClusterAccess } from "../../src/model/access.ts";
import { clientOf } from "../embedded/client.ts";

type Client = ReturnType<typeof clientOf>;

export interface BothServers {
  readonly real: Client;
  readonly embedded: Client;
  readonly accesses: { readonly real: ClusterAccess; readonly embedded: ClusterAccess };
  end(): Promise<void>;
}

/** The real API server and the embedded one side by side; controllers are at work on neither. */
export async function startBoth(): Promise<BothServers> {
  const api = await startRealApi(console.error, { withControllers: false });
  const cluster = await startEmbedded({ simulate: false, keepHouse: false });
  const [real, embedded] = [clientOf(api.access), clientOf(cluster.access)];
  return {
    real,
    embedded,
    accesses: { real: api.access, embedded: cluster.access },
    async end() {
      real.close();
      embedded.close();
      await cluster.close();
      await api.stop();
    },
  };
}
