import { describeId, type ObjectKey } from "../model/ids.ts";
import type { RootCause, Verdict } from "../model/status.ts";
import { type Member, maySymptom, type Suspect, suspectsOf } from "../status/index.ts";

/** Who is behind a failure: known to have failed, or not there yet. */
export type Blame =
  | { readonly type: "failed"; readonly rootCause: RootCause }
  | { readonly type: "pending"; readonly key: ObjectKey; readonly rootCause: RootCause };

/** Remembers how the objects of a run fared, and tells which of them is behind another one's failure. */
export class Blames {
  readonly #members: () => readonly Member[];
  readonly #awaited: (key: ObjectKey) => boolean;
  readonly #failed = new Map<ObjectKey, Verdict>();
  readonly #ready = new Set<ObjectKey>();
  /** Who waits with its verdict for whom. */
  readonly #heldBy = new Map<ObjectKey, ObjectKey>();
  /** The first verdict of its kind, by what they have in common. */
  readonly #alike = new Map<string, Verdict>();

  /** `awaited`: whether the run waits until this object is ready, so that there is an end to come. */
  constructor(members: () => readonly Member[], awaited: (key: ObjectKey) => boolean) {
    this.#members = members;
    this.#awaited = awaited;
  }

  ready(key: ObjectKey): void {
    this.#ready.add(key);
    this.#failed.delete(key);
    this.#heldBy.delete(key);
  }

  failed(key: ObjectKey, verdict: Verdict): void {
    this.#failed.set(key, verdict);
    this.#ready.delete(key);
    this.#heldBy.delete(key);
  }

  /** Notes that a verdict waits for another object; `release` when that has an end. */
  hold(key: ObjectKey, by: ObjectKey): void {
    this.#heldBy.set(key, by);
  }

  /** Whoever waits for this one waits no longer. */
  waitingFor(by: ObjectKey): readonly ObjectKey[] {
    return [...this.#heldBy].filter(([, other]) => other === by).map(([key]) => key);
  }

  /** Not so any more once the other one was given up: it could not be applied, or is not tried. */
  isHeld(key: ObjectKey): boolean {
    const by = this.#heldBy.get(key);
    if (by !== undefined && !this.#isPending(by)) this.#heldBy.delete(key);
    return this.#heldBy.has(key);
  }

  release(key: ObjectKey): void {
    this.#heldBy.delete(key);
  }

  /** null: the failure is its own. */
  behind(key: ObjectKey, verdict: Verdict, log: readonly string[]): Blame | null {
    if (!maySymptom(verdict.cause)) return null;
    const members = this.#members();
    const failing = members.find((member) => member.key === key);
    if (failing === undefined) return null;
    const suspects = suspectsOf(failing, members, log);
    for (const suspect of suspects) {
      const known = this.#failed.get(suspect.member.key);
      if (known !== undefined && known.rootCause?.id !== failing.id) {
        return { type: "failed", rootCause: known.rootCause ?? rootOf(suspect, known.message) };
      }
    }
    const pending = suspects.find(({ member }) => this.#isPending(member.key) && !this.#waitsFor(member.key, key));
    if (pending === undefined) return null;
    return { type: "pending", key: pending.member.key, rootCause: rootOf(pending, "") };
  }

  /** Another object that failed before in the same way; this one is remembered as the first otherwise. */
  alike(verdict: Verdict): Verdict | null {
    const common = signatureOf(verdict);
    if (common === null) return null;
    const first = this.#alike.get(common);
    if (first === undefined) this.#alike.set(common, verdict);
    return first === undefined || describeId(first.id) === describeId(verdict.id) ? null : first;
  }

  #isPending(key: ObjectKey): boolean {
    return !this.#ready.has(key) && !this.#failed.has(key) && this.#awaited(key);
  }

  /** Two that wait for each other would wait for ever. */
  #waitsFor(key: ObjectKey, target: ObjectKey): boolean {
    const seen = new Set<ObjectKey>();
    for (let next = this.#heldBy.get(key); next !== undefined && !seen.has(next); next = this.#heldBy.get(next)) {
      if (next === target) return true;
      seen.add(next);
    }
    return false;
  }
}

function rootOf({ member, how }: Suspect, message: string): RootCause {
  return { id: member.id, message, how };
}

/** What lies outside of a single object and hits many alike: an image, a node's room, a quota, a missing ConfigMap. */
const shared =
  /^(image-.*|config-missing|insufficient-resources|taint|node-affinity|volume-unbound|quota|limit-range|pod-security|webhook|service-account)$/;

function signatureOf({ id, cause, message, pod }: Verdict): string | null {
  if (!shared.test(cause)) return null;
  const said = (pod === null ? message : message.replaceAll(pod, "")).replace(/ \(\d+ pods alike\)$/, "");
  return [cause, cause.startsWith("image-") ? "" : id.namespace, said].join("\n");
}
