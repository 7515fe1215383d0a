import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import type {ClockRecord} from '../../clock.ts';
import {type Kind, type KindName, kindNames, kinds} from '../../kinds.ts';
import type {Moved, Piece} from '../pieces.ts';
import {packed} from './packing.ts';
import {insertRow, listed, valuesOf} from './rows.ts';
import {tables} from './tables.ts';

/** Takes pieces, within the caller's transaction; each takes the place of one that has its key. */
export interface Putting {
  put(pieces: readonly Piece[], moved: Moved | undefined): void;
  moved(): Moved | undefined;
}

export function putting(database: DatabaseSync, keepClock: (clock: ClockRecord) => void): Putting {
  const sql = prepare(database);
  const kept = Object.fromEntries(kindNames.map((name) => [name, prepareKind(database, kinds[name])])) as Readonly<
    Record<KindName, ReturnType<typeof prepareKind>>
  >;
  const idOf = (of: KindName, cluster: string): number => {
    const id = kept[of].id.get(cluster)?.id as number | undefined;
    if (id === undefined)
      throw new UserError('input', `The export has no cluster ${clean(cluster, 100)}, of which it has more.`);
    return id;
  };
  const put = (piece: Piece) => {
    const of = ('of' in piece && piece.of) || 'spartakus';
    const {cluster, day, report, cell, uncounted, numbered, gathered} = kept[of];
    switch (piece.kind) {
      case 'cluster':
        cluster.run(piece.cluster, piece.first, piece.last, Number(piece.unranked));
        return;
      case 'day':
        day.run(piece.day, idOf(of, piece.cluster), ...valuesOf(kinds[of], piece.facts), piece.span, piece.number);
        return;
      case 'report': {
        // Whoever imports waits for no answer. Events are not packed: they are short.
        const body = of === 'spartakus' ? packed(piece.body) : piece.body;
        const once = kinds[of].areNamed ? [piece.once ?? null] : [];
        report.run(piece.number, piece.received, idOf(of, piece.cluster), body, piece.span, ...once);
        return;
      }
      case 'cell':
        cell.run(
          ...[piece.grain, piece.cell.dimension, piece.period, piece.cell.value],
          ...kinds[of].counted.map((name) => piece.cell[name as 'clusters']),
        );
        return;
      case 'refused':
        sql.refused.run(piece.day, piece.reason, piece.count);
        return;
      case 'refused-in-doubt':
        sql.inDoubt.run(piece.span, piece.day, piece.reason, piece.count);
        return;
      case 'uncounted':
        uncounted.run(piece.day);
        return;
      case 'numbered':
        // The tables of counting are made from the rows of the days: no report is to be taken in besides.
        for (const numbers of [numbered, gathered]) numbers.run(piece.last);
        if (of === 'spartakus') sql.packed.run(piece.last);
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

function prepareKind(database: DatabaseSync, kind: Kind) {
  const t = tables[kind.name];
  const summed = kind.counted;
  return {
    id: database.prepare(`SELECT id FROM ${t.cluster} WHERE name = ?`),
    cluster: database.prepare(`INSERT INTO ${t.cluster} (name, first_day, last_day, unranked) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day, unranked = excluded.unranked`),
    day: database.prepare(insertRow(kind).replace('INSERT', 'INSERT OR REPLACE')),
    report: database.prepare(
      `INSERT OR REPLACE INTO ${t.report} (id, received, cluster, body, marked${kind.areNamed ? ', once' : ''}) VALUES (?, ?, ?, ?, ?${kind.areNamed ? ', ?' : ''})`,
    ),
    cell: database.prepare(
      `INSERT OR REPLACE INTO ${t.counter} (grain, dimension, period, value, ${summed.join(', ')}) VALUES (?, ?, ?, ?, ${listed('?', summed)})`,
    ),
    uncounted: database.prepare(`INSERT OR IGNORE INTO ${t.changed} VALUES (?, 1)`),
    numbered: database.prepare(`INSERT OR REPLACE INTO ${t.numbered} VALUES (1, ?)`),
    gathered: database.prepare(`UPDATE ${t.gathered} SET last = ?`),
  };
}

function prepare(database: DatabaseSync) {
  return {
    refused: database.prepare('INSERT OR REPLACE INTO refused VALUES (?, ?, ?)'),
    inDoubt: database.prepare('INSERT OR REPLACE INTO refused_marked VALUES (?, ?, ?, ?)'),
    packed: database.prepare('UPDATE packed SET last = ?'),
    move: database.prepare('INSERT OR REPLACE INTO moved VALUES (1, ?, ?)'),
    end: database.prepare('DELETE FROM moved'),
    moved: database.prepare('SELECT export AS id, lines FROM moved'),
  };
}
