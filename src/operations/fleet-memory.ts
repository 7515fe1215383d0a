import {ClusterSaysNo} from '../consent/consent.ts';
import type {Counted, Placed} from './fleet.ts';
import type {Absent} from './heed-nos.ts';
import {mayBeOne, type Traits} from './one-cluster.ts';

/**
 * What a process that stays has learned of its contexts: they are not all due at once, and one that can't be reached now may have
 * seen a no before. What a context tells anew takes the place of what it told, but for a no of another cluster, to which it led
 * before the kubeconfig was changed.
 */
export class FleetMemory {
  private readonly heard = new Map<string, readonly Absent[]>();
  private readonly counting = new Map<string, Counted>();
  private readonly met = new Map<string, Pick<Placed<unknown>, 'context' | 'traits'>>();

  /** Every context that was asked for, with what was known of its cluster last. */
  all(): Pick<Placed<unknown>, 'context' | 'traits'>[] {
    return [...this.met.values()];
  }

  /** What contexts heard, and where they looked, that are not among these, that heard nothing now, or that lead elsewhere now. */
  past(read: readonly Placed<unknown>[]): Absent[] {
    const now = new Map(read.flatMap(({context, traits}) => (traits?.word ? [[context, traits] as const] : [])));
    return [...this.heard].flatMap(([context, before]) => {
      const traits = now.get(context);
      return traits ? elsewhere(before, traits) : before;
    });
  }

  /** The contexts besides these that count for their cluster, and are due at another time. */
  counted(contexts: readonly string[]): Counted[] {
    return [...this.counting.values()].filter(({context}) => !contexts.includes(context));
  }

  /** @param members what became of those that were read */
  learn(read: readonly Placed<unknown>[], members: readonly Placed<unknown>[]): void {
    for (const {context, traits, error} of read) {
      if (traits || !this.met.has(context)) this.met.set(context, {context, ...(traits ? {traits} : {})});
      if (!traits?.word) continue;
      const before = elsewhere(this.heard.get(context) ?? [], traits);
      this.heard.set(context, [...before, {context, traits: asOfThen(traits), error}]);
    }
    for (const {context, result, traits} of members) {
      this.counting.delete(context);
      if (result !== undefined && traits) this.counting.set(context, {context, traits: asOfThen(traits)});
    }
  }
}

/** Those that saw a no of another cluster than this. */
function elsewhere(before: readonly Absent[], now: Traits): Absent[] {
  return before.filter(
    ({traits, error}) => error instanceof ClusterSaysNo && traits.place !== now.place && mayBeOne(traits, now) !== true,
  );
}

/** Where no ConfigMap was, one may be since, if only for the ID that was stored with the report: that shows no other cluster. */
function asOfThen({word, ...traits}: Traits): Traits {
  if (!word) return traits;
  return {...traits, word: {...word, unreadable: word.places.filter((place) => word.uids[place] === undefined)}};
}
