import type { Verdict } from "../model/status.ts";

/** What programs of all kinds say when the same few things are wrong, and what mends them. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/exec format error/i, "take an image that is built for the nodes' architecture (amd64, arm64)"],
  [
    /wrong ownership|initdb: .*permission|could not (change|set) permissions|(chown|chmod|mkdir).*(operation not permitted|permission denied)/i,
    "set security_context.fs_group of the pod to the group that the program runs as, so that the volume is its own",
  ],
  [/read-only file system/i, "mount an empty_dir where it writes, or set read_only_root_filesystem false"],
  [/no space left on device/i, "make the volume larger, or see what fills it"],
  [/address already in use|EADDRINUSE/i, "two programs of the pod want one port: change one of them"],
  [
    /permission denied.*(:80\b|:443\b|port)|bind\(\).*(permission denied|13:)/i,
    "let it listen on a port above 1023, or add the capability NET_BIND_SERVICE",
  ],
  [
    /password authentication failed|access denied for user|authentication failed|WRONGPASS|NOAUTH/i,
    "compare the password that it is given with the one that the server was first started with: a volume keeps the old one",
  ],
  [
    /(certificate|x509).*(expired|unknown authority|not valid|verify failed)|self[- ]signed certificate/i,
    "give the container the authority that signed the certificate, or renew the certificate",
  ],
  [
    /is forbidden: User "system:serviceaccount:|cannot (list|get|watch|create) resource/i,
    "give the pod's ServiceAccount a Role with the right that the log names",
  ],
  [
    /java\.lang\.OutOfMemoryError|heap out of memory|MemoryError/i,
    "raise the program's own memory setting and its limit",
  ],
  [
    /(cannot find|no such) module|ModuleNotFoundError|MODULE_NOT_FOUND/i,
    "the image lacks a part of the program: build it anew",
  ],
];

const crashes = /^(crash|init-container|hook|job-failed|liveness|probe|deadline)$/;

/** A better remedy than to read the log, where the log itself says what is wrong; null where it does not. */
export function hintFrom({ cause }: Pick<Verdict, "cause">, log: readonly string[]): string | null {
  if (!crashes.test(cause)) return null;
  // The last word is nearest to the end.
  for (const line of [...log].reverse()) {
    const hint = hints.find(([says]) => says.test(line));
    if (hint !== undefined) return hint[1];
  }
  return null;
}
