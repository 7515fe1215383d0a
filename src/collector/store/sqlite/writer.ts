import type {DatabaseSync} from 'node:sqlite';
import {clean} from '../../../foreign.ts';
import {fileIdentity} from '../../../host/file-identity.ts';
import {type ClockRecord, parseSpans} from '../../clock.ts';
import {type KindName, kindNames, kinds} from '../../kinds.ts';
import type {Accepted, Relay, Writer} from '../contract.ts';
import {StoreTrouble} from '../trouble.ts';
import {emptyLog} from './checkpoints.ts';
import {keepTallies} from './derived.ts';
import {guarded} from './errors.ts';
import {filesOf} from './files.ts';
import {forget} from './forget.ts';

import {type Ledger, ledger} from './ledger.ts';
import {openForWriting} from './open.ts';
import {packing} from './packing.ts';
import {putting} from './put.ts';
import {enlist} from './queue.ts';
import {redatingRefused} from './redate.ts';
import {becomeRelay, isRelay, relaying, requireNobodyWaits} from './relay.ts';

/** Milliseconds to wait for who is in the way of emptying the log; reports wait for it. */
const patience = 1000;

/**
 * Opens the SQLite database at `path` as its one writer.
 *
 * @throws {StoreTrouble} if it can't be used
 */
export function sqliteWriter(
  path: string,
  {create, name = path, relay = false}: {create: boolean; name?: string; relay?: boolean},
): Writer {
  const database = openForWriting(path, create);
  try {
    if (name !== path && fileIdentity(name) !== fileIdentity(path))
      throw new StoreTrouble(`${clean(name)} leads to another file than it did at the start`);
    if (create && relay) {
      database.exec('BEGIN IMMEDIATE');
      becomeRelay(database, Date.now());
      database.exec('COMMIT');
    }
    return writerOf(database, path, name);
  } catch (error) {
    database.close();
    throw error;
  }
}

function writerOf(database: DatabaseSync, path: string, name: string): Writer {
  const passesOnly = isRelay(database);
  const statements = prepare(database);
  keepTallies(database);
  const ledgers = Object.fromEntries(
    kindNames.map((kind) => [kind, ledger(database, kinds[kind], passesOnly)]),
  ) as Ledgers;
  const all = kindNames.map((kind) => ledgers[kind]);
  const moveRefused = redatingRefused(database);
  const pack = packing(database);
  const keepClock = ({trusted, floor, wall, observed, credit, state, open, due, spans}: ClockRecord) => {
    const numbers = [trusted, floor, wall, observed, credit].map(Math.round);
    statements.keepClock.run(...numbers, state, JSON.stringify({open, due, spans}));
  };
  const pieces = putting(database, keepClock);
  const passing = relaying(database);
  const isSameFile = filesOf(path, name);
  let dataVersion = 0;

  const reset = () => {
    for (const one of all) one.reset();
  };
  const transaction = (change: () => void) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      // Another connection changed something: `serve forget` may have erased a cluster that is known here.
      const version = statements.dataVersion.get()!.data_version as number;
      if (version !== dataVersion) for (const one of all) one.renumber();
      dataVersion = version;
      change();
      database.exec('COMMIT');
    } catch (error) {
      reset();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
    if (!isSameFile()) {
      rescue(database);
      throw new StoreTrouble('the file was replaced or removed');
    }
  };

  const relayed = guarded<Relay>({
    waiting: () => passing.waiting(),
    letGo(most) {
      let count = 0;
      transaction(() => {
        count = passing.letGo(most);
      });
      for (const one of all) one.reset();
      return count;
    },
  });
  return guarded<Writer>({
    relay: passesOnly ? relayed : undefined,
    append(batch, admits = () => true) {
      transaction(() => {
        for (const kind of kindNames) ledgers[kind].append(ofKind(batch, kind), admits);
      });
    },
    countRefused(day, reasons, span) {
      if (passesOnly) return;
      transaction(() => {
        for (const [reason, count] of Object.entries(reasons)) {
          statements.refused.run(day, reason, count);
          if (span !== undefined) statements.markedRefused.run(span, day, reason, count);
        }
      });
    },
    count(now, most) {
      let more = false;
      if (passesOnly) return more;
      transaction(() => {
        // Each has its step: where one has much to count the other waits no longer.
        for (const {counting} of all) more = counting.step(now, most) || more;
      });
      return more;
    },
    clock() {
      const row = statements.clock.get() as (Omit<ClockRecord, 'open'> & {spans: string}) | undefined;
      return row && {...row, ...parseSpans(row.spans)};
    },
    keepClock(record) {
      transaction(() => keepClock(record));
    },
    newest() {
      return all.reduce<number | undefined>((newest, one) => later(newest, one.newest()), undefined);
    },
    redate(span, most, tell) {
      let [count, damaged] = [0, 0];
      transaction(() => {
        for (const one of all) {
          const moved = count < most ? one.redate(span, most - count) : {count: 0, damaged: 0};
          [count, damaged] = [count + moved.count, damaged + moved.damaged];
        }
        if (count === 0) moveRefused(span);
      });
      if (damaged > 0) tell?.(damaged);
      return count;
    },
    discard(before, most) {
      let erased = {reports: 0, days: 0};
      transaction(() => {
        for (const one of all) {
          const left = most - erased.reports - erased.days;
          const {reports, days} = left > 0 ? one.discard(before, left) : {reports: 0, days: 0};
          erased = {reports: erased.reports + reports, days: erased.days + days};
        }
      });
      return erased;
    },
    pack(most) {
      let more = false;
      transaction(() => {
        more = pack(most);
      });
      return more;
    },
    put(taken, moved) {
      transaction(() => pieces.put(taken, moved));
      for (const one of all) one.renumber();
    },
    moved: () => pieces.moved(),
    passOn(sinks) {
      transaction(() => {
        if (passesOnly) requireNobodyWaits(database, sinks);
        enlist(database, sinks, Date.now());
      });
    },
    forget(cluster, today) {
      const counting = {spartakus: ledgers.spartakus.counting, hodometer: ledgers.hodometer.counting};
      try {
        return forget(database, counting, cluster, today);
      } finally {
        // Erasing at sinks takes a number.
        for (const one of all) one.renumber();
      }
    },
    settle: () => emptyLog(database, patience),
    close() {
      database.close();
    },
  });
}

type Ledgers = Readonly<Record<KindName, Ledger>>;

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

function prepare(database: DatabaseSync) {
  return {
    dataVersion: database.prepare('PRAGMA data_version'),
    clock: database.prepare('SELECT trusted, floor, wall, observed, credit, state, spans FROM clock'),
    keepClock: database.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?, ?, ?, ?)'),
    refused: database.prepare(
      'INSERT INTO refused VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    markedRefused: database.prepare(
      'INSERT INTO refused_marked VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
  };
}

/** The reports of a kind; nearly always all are of one. */
function ofKind(batch: readonly Accepted[], kind: KindName): readonly Accepted[] {
  return batch.every((one) => one.kind === kind) ? batch : batch.filter((one) => one.kind === kind);
}

/** What was acknowledged is only in a log that has lost its name: it is written to the database while it is open here. */
function rescue(database: DatabaseSync): void {
  try {
    emptyLog(database, patience);
  } catch {
    // The database is gone too, or its disk.
  }
}
