import type {KindName} from '../../kinds.ts';
import type {Session} from './sessions.ts';

/** Reports that are counted each time; of more the number is looked up after so many times what counting took. */
const counted = 10_000;
const share = 20;

/** How many of a kind wait, by sink; of many it is looked up now and then. */
export class WaitingCount {
  readonly #last = new Map<string, {readonly count: number; readonly until: number}>();

  /** @param session of the kind */
  async of(session: Session, sink: string, kind: KindName): Promise<number> {
    const begun = performance.now();
    const key = keyOf(sink, kind);
    const before = this.#last.get(key);
    if (before && before.until > begun) return before.count;
    const [row] = await session.query(
      'SELECT count(*) AS count FROM seldon_usage.waiting WHERE sink = $1 AND due IS NULL',
      [sink],
    );
    const now = performance.now();
    const count = row!.count as number;
    this.#last.set(key, {count, until: count > counted ? now + share * (now - begun) : 0});
    return count;
  }

  /** So many wait no more. */
  less(sink: string, kind: KindName, gone: number): void {
    const key = keyOf(sink, kind);
    const before = this.#last.get(key);
    if (before) this.#last.set(key, {...before, count: Math.max(0, before.count - gone)});
  }
}

function keyOf(sink: string, kind: KindName): string {
  return `${kind} ${sink}`;
}
