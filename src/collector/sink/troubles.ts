import {clean} from '../../foreign.ts';
import {type KindName, kindNames, nouns} from '../kinds.ts';
import type {SinkTrouble} from './contract.ts';

/** Milliseconds between two attempts at a sink in trouble: at first, and at most, also where the sink asks for more. */
export interface Patience {
  readonly soonest: number;
  readonly latest: number;
}

/** What a sink takes nothing of at present: which kinds, until when they are left alone, and what the log is told of it. */
export class Troubles {
  readonly #name: string;
  readonly #patience: Patience;
  readonly #say: (line: string) => void;
  /** Kinds that the sink takes nothing of; true: because it can't be opened. */
  readonly #kinds = new Map<KindName, boolean>();
  /** Kinds that wait while others go on: until when, by the time of the process, and how long the next time. */
  readonly #away = new Map<KindName, {readonly until: number; readonly wait: number}>();

  /** @param say is given a line when trouble begins and when it is over */
  constructor(name: string, patience: Patience, say: (line: string) => void) {
    this.#name = name;
    this.#patience = patience;
    this.#say = say;
  }

  isAny(): boolean {
    return this.#kinds.size > 0;
  }

  /** Kinds that may be tried at a time of the process. */
  triable(now: number): KindName[] {
    return kindNames.filter((kind) => (this.#away.get(kind)?.until ?? now) <= now);
  }

  isAway(kind: KindName): boolean {
    return this.#away.has(kind);
  }

  /** The sink took some of a kind at least: how long it is waited for begins anew. */
  tookSome(kind: KindName): void {
    this.#away.delete(kind);
  }

  /** The sink took all of a kind that it was given. */
  tookAll(kind: KindName): void {
    if (this.#kinds.delete(kind)) this.#say(`The sink ${this.#name} takes ${nouns[kind]} again.`);
  }

  /** The sink is open: what concerned all of it is over. */
  opened(): void {
    if (!this.isAny()) return;
    for (const [kind, isOfAll] of this.#kinds) if (isOfAll) this.#kinds.delete(kind);
    if (!this.isAny()) this.#say(`The sink ${this.#name} takes reports again.`);
  }

  /**
   * Trouble of the sink: what it concerns waits, and is told once.
   *
   * @param kind what was under way; undefined: it concerns all
   * @param wait milliseconds until all is tried again, unless the sink asks for more
   * @returns milliseconds until something is tried again
   */
  met({message, after = 0}: SinkTrouble, kind: KindName | undefined, wait: number): number {
    const concerned = kind === undefined ? kindNames : [kind];
    if (!concerned.some((one) => this.#kinds.has(one))) {
      const [what, who] = kind === undefined ? ['nothing', 'Reports'] : [`no ${nouns[kind]}`, 'They'];
      this.#say(`The sink ${this.#name} takes ${what} at present: ${clean(message, 200)}. ${who} wait for it.`);
    }
    for (const one of concerned) if (!this.#kinds.has(one)) this.#kinds.set(one, kind === undefined);
    const {soonest, latest} = this.#patience;
    if (kind === undefined) return Math.min(latest, Math.max(wait, after));
    // The other kind may well be taken.
    const own = this.#away.get(kind)?.wait ?? soonest;
    const until = performance.now() + Math.min(latest, Math.max(own, after));
    this.#away.set(kind, {until, wait: Math.min(latest, 2 * own)});
    return 0;
  }
}
