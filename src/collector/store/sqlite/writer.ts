import type {DatabaseSync} from 'node:sqlite';
import {clean} from '../../../foreign.ts';
import {fileIdentity} from '../../../host/file-identity.ts';
import type {Span} from '../../clock.ts';
import {type KindName, kindNames, kinds} from '../../kinds.ts';
import type {Accepted, Erased, Relay, Writer} from '../contract.ts';
import {StoreTrouble} from '../trouble.ts';
import {emptyLog} from './checkpoints.ts';
import {keptClock} from './clock.ts';
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
import {patience, type Transaction, transactions} from './transactions.ts';

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

type Ledgers = Readonly<Record<KindName, Ledger>>;

function writerOf(database: DatabaseSync, path: string, name: string): Writer {
  const passesOnly = isRelay(database);
  keepTallies(database);
  const ledgers = Object.fromEntries(
    kindNames.map((kind) => [kind, ledger(database, kinds[kind], passesOnly)]),
  ) as Ledgers;
  const all = kindNames.map((kind) => ledgers[kind]);
  const transaction = transactions(database, all, filesOf(path, name));
  const refused = refusals(database);
  const moveRefused = redatingRefused(database);
  const pack = packing(database);
  const clock = keptClock(database);
  const pieces = putting(database, clock.keep);
  const relay = relayOf(database, all, transaction);

  return guarded<Writer>({
    relay: passesOnly ? relay : undefined,
    append(batch, admits = () => true) {
      transaction(() => {
        for (const kind of kindNames) ledgers[kind].append(ofKind(batch, kind), admits);
      });
    },
    countRefused(day, reasons, span) {
      if (!passesOnly) transaction(() => refused(day, reasons, span));
    },
    count(now, most) {
      if (passesOnly) return false;
      // Each has its step: where one has much to count the other waits no longer.
      return transaction(() => all.reduce((more, {counting}) => counting.step(now, most) || more, false));
    },
    clock: () => clock.read(),
    keepClock: (record) => transaction(() => clock.keep(record)),
    newest() {
      return all.reduce<number | undefined>((newest, one) => later(newest, one.newest()), undefined);
    },
    redate(span, most, tell) {
      const {count, damaged} = transaction(() => {
        const done = redateAll(all, span, most);
        if (done.count === 0) moveRefused(span);
        return done;
      });
      if (damaged > 0) tell?.(damaged);
      return count;
    },
    discard: (before, most) => transaction(() => discardAll(all, before, most)),
    pack: (most) => transaction(() => pack(most)),
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

/** What it does besides where it only passes on. */
function relayOf(database: DatabaseSync, all: readonly Ledger[], transaction: Transaction): Relay {
  const passing = relaying(database);
  return guarded<Relay>({
    waiting: () => passing.waiting(),
    letGo(most) {
      const count = transaction(() => passing.letGo(most));
      for (const one of all) one.reset();
      return count;
    },
  });
}

/** Counts refused reports of a day, by reason; with a span they can be put right later. */
function refusals(database: DatabaseSync) {
  const add = database.prepare(
    'INSERT INTO refused VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  );
  const mark = database.prepare(
    'INSERT INTO refused_marked VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  );
  return (day: number, reasons: Readonly<Record<string, number>>, span: number | undefined) => {
    for (const [reason, count] of Object.entries(reasons)) {
      add.run(day, reason, count);
      if (span !== undefined) mark.run(span, day, reason, count);
    }
  };
}

function redateAll(all: readonly Ledger[], span: Span, most: number): ReturnType<Ledger['redate']> {
  let [count, damaged] = [0, 0];
  for (const one of all) {
    const moved = count < most ? one.redate(span, most - count) : {count: 0, damaged: 0};
    [count, damaged] = [count + moved.count, damaged + moved.damaged];
  }
  return {count, damaged};
}

function discardAll(all: readonly Ledger[], before: Parameters<Ledger['discard']>[0], most: number): Erased {
  let erased = {reports: 0, days: 0};
  for (const one of all) {
    const left = most - erased.reports - erased.days;
    const {reports, days} = left > 0 ? one.discard(before, left) : {reports: 0, days: 0};
    erased = {reports: erased.reports + reports, days: erased.days + days};
  }
  return erased;
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

/** The reports of a kind; nearly always all are of one. */
function ofKind(batch: readonly Accepted[], kind: KindName): readonly Accepted[] {
  return batch.every((one) => one.kind === kind) ? batch : batch.filter((one) => one.kind === kind);
}
