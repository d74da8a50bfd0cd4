/** What the pods of the construct have in common. */
import { CA_FILE, type Tls, tlsMount, tlsVolume } from "../tls.ts";
import { imageOf, restrictedContainer, restrictedPod } from "../workload.ts";
import { PASSWORDS } from "./declared.ts";
import { SCRIPTS } from "./scripts.ts";
import { CONFIG, RUN } from "./tuning.ts";

/** The user `postgres` of the Debian image, and the group that owns the volumes. */
const USER = 999;
/** Where the data volume is mounted; the database is in a folder below, as the volume's own lost+found is none of it. */
export const DATA = "/var/lib/postgresql/data";
export const PGDATA = `${DATA}/pgdata`;

export interface PodContext {
  readonly settings: {
    readonly registry?: string;
    readonly image?: string;
    readonly version: string;
  };
  readonly account: string;
  readonly scripts: string;
  readonly passwords: string;
  readonly tls: Tls | undefined;
}

/** How PostgreSQL's programs are told to believe only the server that the authority vouches for, by name. */
const VERIFIED = { PGSSLMODE: "verify-full", PGSSLROOTCERT: CA_FILE };

/** The same in a connection string. */
export const VERIFIED_CONNECTION = `sslmode=verify-full sslrootcert=${CA_FILE}`;

/** A container that runs one of the scripts with the image's own programs. */
export function scriptContainer(
  { settings, tls }: PodContext,
  name: string,
  script: string,
  options: {
    readonly mounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
    readonly cpu?: string;
    readonly memory?: string;
  } = {},
) {
  const { mounts = [], cpu = "10m", memory = "64Mi" } = options;
  return {
    name,
    image: imageOf("postgres", settings),
    command: ["bash", `${SCRIPTS}/${script}`],
    env: [
      { name: "PGDATA", value: PGDATA },
      ...Object.entries(tls === undefined ? {} : VERIFIED).map(([name, value]) => ({ name, value })),
    ],
    securityContext: restrictedContainer({ readOnlyRoot: true }),
    resources: { requests: { cpu, memory }, limits: { memory } },
    volumeMount: [
      { name: "scripts", mountPath: SCRIPTS, readOnly: true },
      { name: "passwords", mountPath: PASSWORDS, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      ...(tls === undefined ? [] : [tlsMount]),
      ...mounts,
    ],
  };
}

/** Volumes that every pod has. `keys`: which passwords; all where absent. Only a server's pod has the server's key. */
export function commonVolumes(
  { scripts, passwords, tls }: PodContext,
  keys?: readonly string[],
  part: "client" | "server" = "client",
) {
  return [
    { name: "scripts", configMap: { name: scripts } },
    {
      name: "passwords",
      secret: {
        secretName: passwords,
        defaultMode: "0440",
        items: keys?.map((key) => ({ key, path: key })),
      },
    },
    { name: "tmp", emptyDir: {} },
    ...(tls === undefined ? [] : [tlsVolume(tls, part === "server" ? undefined : ["ca.crt"])]),
  ];
}

export function commonPod({ account }: PodContext) {
  return {
    serviceAccountName: account,
    automountServiceAccountToken: false,
    // POSTGRES_PORT=tcp://... of a Service named postgres is a setting to nobody here.
    enableServiceLinks: false,
    securityContext: restrictedPod(USER),
  };
}

/** Mounts of a container beside the server in its pod. */
export const serverMounts = [
  { name: "data", mountPath: DATA },
  { name: "run", mountPath: RUN },
];
export const configMount = { name: "config", mountPath: CONFIG, readOnly: true };
