import {affectedPeriods, nameOf, neededPeriods, type Period} from '../../affected.ts';
import {keptCells} from '../../cells.ts';
import {type Kind, type KindName, kinds} from '../../kinds.ts';
import {lastDayOf, movePeriod} from '../../periods.ts';
import type {Cell, CountedTo} from '../contract.ts';
import * as sql from './counting-sql.ts';
import {sqlOfKind} from './counting-sql.ts';
import {definition} from './derived.ts';
import type {Session} from './sessions.ts';
import {sessionFor} from './sql.ts';

/** A period whose clusters are in `cluster_period`, all of them once `day` is null; else as far as the day and cluster. */
interface Tracked extends Period {
  readonly day: number | null;
  readonly cluster: number;
}

/** Steps with reports that were not gathered before, after which is counted all the same. */
const patience = 200;
/** Rows of a day that are read for each that a step may place: most are there already, from a later day. */
const scanned = 10;
/**
 * Rows of a step at least: reports do not wait for it, so that what it costs is messages to and fro, not rows.
 */
const fewest = 1000;
/** Batches that are looked at for one step. */
const mostBatches = 20;

/** Has the server look things up where it would read whole tables, whatever it knows of their sizes. */
export const byIndex =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off;';

/** Counts in the tables of derived.ts, each function within the caller's transaction, which holds the lease. */
export interface Counting {
  /** One step; false if everything is counted. */
  step(session: Session, now: CountedTo, most: number): Promise<boolean>;
  /** The rows of a cluster changed on days otherwise than by a new report. */
  changed(session: Session, cluster: number, days: readonly number[]): Promise<void>;
  /** A cluster is gone, with all its rows. */
  gone(session: Session, cluster: number): Promise<void>;
}

/** @param name the kind of report that is counted */
export function counting(name: KindName): Counting {
  const kind = kinds[name];
  let behind = 0;

  return {
    async step(plain, now, wanted) {
      const session = sessionFor(name, plain);
      const most = Math.max(wanted, fewest);
      const [first] = await session.query(
        `SELECT definition, (SELECT max(day) FROM seldon_usage.changed) AS day,
          EXISTS (SELECT 1 FROM seldon_usage.day) OR EXISTS (SELECT 1 FROM seldon_usage.tracked) AS any
          FROM seldon_usage.meta`,
      );
      // A newer program counts otherwise: then it alone does.
      if (first!.definition !== definition) return false;
      const day = first!.day as number | null;
      // There never was a report of this kind, or all are gone.
      if (day === null && !first!.any) return false;
      const affected = day === null ? [] : affectedPeriods([day], now.today, now.oldest);
      const needed = neededPeriods(affected, now.today);
      const lacking = [...needed.values()];
      await session.query(sql.track, [
        lacking.map(({grain}) => grain),
        lacking.map(({period}) => period),
        lacking.map(({grain, period}) => lastDayOf(grain, period)),
      ]);
      const all = await tracked(session);
      const unbuilt = all.find((one) => one.day !== null && needed.has(nameOf(one)));
      if (unbuilt) {
        await build(session, kind, unbuilt, all, most);
        return true;
      }
      const isBehind = await gather(session, kind, all, most);
      if (isBehind && ++behind < patience) return true;
      behind = 0;
      for (const one of affected) await countPeriod(session, kind, one);
      // What is not gathered yet keeps the day's mark.
      if (isBehind) return true;
      if (day !== null) await session.query('DELETE FROM seldon_usage.changed WHERE day = $1', [day]);
      const [more] = await session.query('SELECT 1 FROM seldon_usage.changed LIMIT 1');
      if (more) return true;
      const old = all.find((one) => !needed.has(nameOf(one)));
      if (old) await dropSome(session, old, most);
      return old !== undefined;
    },
    async changed(plain, cluster, days) {
      const session = sessionFor(name, plain);
      const all = await tracked(session);
      const concerned = all.filter(({grain, period}) =>
        days.some((day) => day >= period && day <= lastDayOf(grain, period)),
      );
      for (const {grain, period} of concerned) {
        await session.query(sql.remove, [grain, period, cluster]);
        await session.query(sqlOfKind[name].placeAgain, [
          grain,
          period,
          lastDayOf(grain, period),
          movePeriod(grain, period, -1),
          cluster,
        ]);
      }
      await flag(session, kind, all, [cluster]);
    },
    async gone(plain, cluster) {
      const session = sessionFor(name, plain);
      for (const {grain, period} of await tracked(session)) await session.query(sql.remove, [grain, period, cluster]);
    },
  };
}

async function tracked(session: Session): Promise<Tracked[]> {
  return (await session.query(
    'SELECT grain, period, day, cluster FROM seldon_usage.tracked ORDER BY grain, period',
  )) as unknown as Tracked[];
}

/** Periods as lists: grain, first day, last day, first day of the one before. */
function spans(all: readonly Period[]): unknown[] {
  return [
    all.map(({grain}) => grain),
    all.map(({period}) => period),
    all.map(({grain, period}) => lastDayOf(grain, period)),
    all.map(({grain, period}) => movePeriod(grain, period, -1)),
  ];
}

/** Gives clusters their rows of a day in the periods that hold it. */
async function place(
  session: Session,
  kind: Kind,
  all: readonly Period[],
  day: number,
  clusters: readonly number[],
  isLater: boolean,
) {
  const holding = all.filter(({grain, period}) => day >= period && day <= lastDayOf(grain, period));
  if (holding.length > 0 && clusters.length > 0)
    await session.query(sqlOfKind[kind.name].place, [...spans(holding), day, clusters, isLater]);
}

/** Tells clusters apart in every period: it may be their first day, or the second, or one of the period before. */
async function flag(session: Session, kind: Kind, all: readonly Period[], clusters: readonly number[]) {
  if (all.length > 0 && clusters.length > 0) await session.query(sqlOfKind[kind.name].flag, [...spans(all), clusters]);
}

/** Takes in the next reports; whether there were any. */
async function gather(session: Session, kind: Kind, all: readonly Tracked[], most: number): Promise<boolean> {
  const days = new Map<number, Set<number>>();
  const done: number[] = [];
  let count = 0;
  for (const batch of await session.query(sql.next, [Math.min(most, mostBatches), most])) {
    const {id, day, size, clusters} = batch as {id: number; day: number; size: number; clusters: number[]};
    const taken = clusters.slice(0, most - count);
    count += taken.length;
    const touched = days.get(day) ?? new Set();
    days.set(day, touched);
    for (const cluster of taken) touched.add(cluster);
    if (taken.length === size) done.push(id);
    else await session.query(sql.shorten, [id, taken.length + 1]);
    if (count >= most) break;
  }
  if (count === 0) return false;
  await session.query('DELETE FROM seldon_usage.pending WHERE id = ANY($1::bigint[])', [done]);
  await session.query('INSERT INTO seldon_usage.changed SELECT unnest($1::int[]) ON CONFLICT DO NOTHING', [
    [...days.keys()],
  ]);
  const fresh = new Set<number>();
  for (const [day, touched] of days) {
    // Of a day that its cluster has reported on before nothing follows but the row itself.
    for (const {cluster} of await session.query(sql.freshOf, [[...touched], day])) fresh.add(cluster as number);
  }
  for (const [day, touched] of days) await place(session, kind, all, day, [...touched], true);
  await flag(session, kind, all, [...fresh]);
  return true;
}

/** Copies on into a period from the rows of its days, the last day first: nearly always it has the last report. */
async function build(session: Session, kind: Kind, one: Tracked, all: readonly Tracked[], most: number) {
  const {grain, period, cluster} = one;
  const move = (day: number | null, to: number) => session.query(sql.built, [day, to, grain, period]);
  const [last] = await session.query('SELECT max(day) AS day FROM seldon_usage.day WHERE rows AND day <= $1', [
    one.day,
  ]);
  const day = last!.day as number | null;
  if (day === null || day < period) {
    await move(null, -1);
    return;
  }
  const [read] = await session.query(sql.window, [
    day,
    day === one.day ? cluster : -1,
    scanned * most,
    grain,
    period,
    most,
  ]);
  const {count, upTo, touched} = read as {count: number; upTo: number | null; touched: number[]};
  await place(session, kind, [one], day, touched, false);
  // A day's row that is there is taken for one whose cluster is told apart everywhere.
  const isNext = (other: Tracked) => other.grain === grain && other.period === movePeriod(grain, period, 1);
  await flag(session, kind, grain === 'day' ? all : all.filter(isNext), touched);
  if (touched.length === most) await move(day, touched.at(-1)!);
  else if (count < scanned * most) await move(day - 1, -1);
  else await move(day, upTo!);
}

async function countPeriod(session: Session, kind: Kind, {grain, period}: Period) {
  await session.query('DELETE FROM seldon_usage.tally WHERE grain = $1 AND period = $2 AND clusters = 0', [
    grain,
    period,
  ]);
  const cells = (await session.query(sqlOfKind[kind.name].cells, [grain, period])) as unknown as Cell[];
  await session.query(sql.uncount, [grain, kind.dimensions, period]);
  if (cells.length === 0) return;
  const [before] = await session.query(sql.clusters, [grain, movePeriod(grain, period, -1)]);
  const kept = keptCells(kind, cells, (before?.clusters as number | undefined) ?? 0);
  await session.query(sqlOfKind[kind.name].count, [
    ...[grain, period, kept.map(({dimension}) => dimension), kept.map(({value}) => value)],
    ...kind.counted.map((name) => kept.map((cell) => cell[name as 'clusters'])),
  ]);
}

async function dropSome(session: Session, {grain, period}: Period, most: number) {
  const [dropped] = await session.query(sql.drop, [grain, period, most]);
  if ((dropped!.count as number) < most)
    await session.query('DELETE FROM seldon_usage.tracked WHERE grain = $1 AND period = $2', [grain, period]);
}
