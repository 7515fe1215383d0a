import type {DatabaseSync} from 'node:sqlite';
import {type ClockRecord, parseSpans} from '../../clock.ts';

/** What the store keeps of the clock. `keep` runs within the caller's transaction. */
export interface KeptClock {
  read(): ClockRecord | undefined;
  keep(record: ClockRecord): void;
}

export function keptClock(database: DatabaseSync): KeptClock {
  const kept = database.prepare('SELECT trusted, floor, wall, observed, credit, state, spans FROM clock');
  const keep = database.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?, ?, ?, ?)');
  return {
    read() {
      const row = kept.get() as (Omit<ClockRecord, 'open'> & {spans: string}) | undefined;
      return row && {...row, ...parseSpans(row.spans)};
    },
    keep({trusted, floor, wall, observed, credit, state, open, due, spans}) {
      const numbers = [trusted, floor, wall, observed, credit].map(Math.round);
      keep.run(...numbers, state, JSON.stringify({open, due, spans}));
    },
  };
}
