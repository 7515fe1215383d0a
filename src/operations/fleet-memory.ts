import type {Counted, Placed} from './fleet.ts';
import type {Absent} from './heed-nos.ts';

/**
 * What a process that stays has learned of its contexts: they are not all due at once, and one that can't be reached now may have
 * seen a no before. What a context tells anew takes the place of what it told.
 */
export class FleetMemory {
  private readonly heard = new Map<string, Absent>();
  private readonly counting = new Map<string, Counted>();

  /** What contexts heard, and where they looked, that are not among these, or that heard nothing now. */
  past(read: readonly Placed<unknown>[]): Absent[] {
    const now = new Set(read.flatMap(({context, traits}) => (traits?.word ? [context] : [])));
    return [...this.heard.values()].filter(({context}) => !now.has(context));
  }

  /** The contexts besides these that count for their cluster, and are due at another time. */
  counted(contexts: readonly string[]): Counted[] {
    return [...this.counting.values()].filter(({context}) => !contexts.includes(context));
  }

  /** @param members what became of those that were read */
  learn(read: readonly Placed<unknown>[], members: readonly Placed<unknown>[]): void {
    for (const {context, traits, error} of read) if (traits?.word) this.heard.set(context, {context, traits, error});
    for (const {context, result, traits} of members) {
      this.counting.delete(context);
      if (result !== undefined && traits) this.counting.set(context, {context, traits});
    }
  }
}
