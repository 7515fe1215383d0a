import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import type {ClockRecord} from '../../clock.ts';
import type {Moved, Piece} from '../pieces.ts';
import {summed} from './derived.ts';
import {packed} from './packing.ts';
import {insertRow, listed, valuesOf} from './rows.ts';

/** Takes pieces, within the caller's transaction; each takes the place of one that has its key. */
export interface Putting {
  put(pieces: readonly Piece[], moved: Moved | undefined): void;
  moved(): Moved | undefined;
}

export function putting(database: DatabaseSync, keepClock: (clock: ClockRecord) => void): Putting {
  const sql = prepare(database);
  const idOf = (cluster: string): number => {
    const id = sql.id.get(cluster)?.id as number | undefined;
    if (id === undefined)
      throw new UserError('input', `The export has no cluster ${clean(cluster, 100)}, of which it has more.`);
    return id;
  };
  const put = (piece: Piece) => {
    switch (piece.kind) {
      case 'cluster':
        sql.cluster.run(piece.cluster, piece.first, piece.last, Number(piece.unranked));
        return;
      case 'day':
        sql.day.run(piece.day, idOf(piece.cluster), ...valuesOf(piece.facts), piece.span, piece.number);
        return;
      case 'report':
        // Whoever imports waits for no answer.
        sql.report.run(piece.number, piece.received, idOf(piece.cluster), packed(piece.body), piece.span);
        return;
      case 'cell':
        sql.cell.run(
          ...[piece.grain, piece.cell.dimension, piece.period, piece.cell.value],
          ...summed.map((name) => piece.cell[name]),
        );
        return;
      case 'refused':
        sql.refused.run(piece.day, piece.reason, piece.count);
        return;
      case 'refused-in-doubt':
        sql.inDoubt.run(piece.span, piece.day, piece.reason, piece.count);
        return;
      case 'uncounted':
        sql.uncounted.run(piece.day);
        return;
      case 'numbered':
        // The tables of counting are made from the rows of the days: no report is to be taken in besides.
        for (const numbers of [sql.numbered, sql.gathered, sql.packed]) numbers.run(piece.last);
        return;
      case 'clock':
        keepClock(piece.clock);
    }
  };
  return {
    put(pieces, moved) {
      for (const piece of pieces) put(piece);
      if (moved) sql.move.run(moved.id, moved.lines);
      else sql.end.run();
    },
    moved() {
      const row = sql.moved.get() as Moved | undefined;
      return row && {...row};
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    id: database.prepare('SELECT id FROM cluster WHERE name = ?'),
    cluster: database.prepare(`INSERT INTO cluster (name, first_day, last_day, unranked) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day, unranked = excluded.unranked`),
    day: database.prepare(insertRow.replace('INSERT', 'INSERT OR REPLACE')),
    report: database.prepare(
      'INSERT OR REPLACE INTO report (id, received, cluster, body, marked) VALUES (?, ?, ?, ?, ?)',
    ),
    cell: database.prepare(
      `INSERT OR REPLACE INTO counter (grain, dimension, period, value, ${summed.join(', ')}) VALUES (?, ?, ?, ?, ${listed('?', summed)})`,
    ),
    refused: database.prepare('INSERT OR REPLACE INTO refused VALUES (?, ?, ?)'),
    inDoubt: database.prepare('INSERT OR REPLACE INTO refused_marked VALUES (?, ?, ?, ?)'),
    uncounted: database.prepare('INSERT OR IGNORE INTO changed VALUES (?, 1)'),
    numbered: database.prepare('INSERT OR REPLACE INTO numbered VALUES (1, ?)'),
    gathered: database.prepare('UPDATE gathered SET last = ?'),
    packed: database.prepare('UPDATE packed SET last = ?'),
    move: database.prepare('INSERT OR REPLACE INTO moved VALUES (1, ?, ?)'),
    end: database.prepare('DELETE FROM moved'),
    moved: database.prepare('SELECT export AS id, lines FROM moved'),
  };
}
