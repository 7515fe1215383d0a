import {type Kind, type KindName, kindNames, kinds} from '../../kinds.ts';
import {noNetwork} from '../../network.ts';
import {dayOf} from '../../periods.ts';
import type {Accepted, Admits} from '../contract.ts';
import {StoreTrouble} from '../trouble.ts';
import type {ClockSlot} from './clock.ts';
import {clusterNumbers} from './clusters-known.ts';
import {stateOf} from './errors.ts';
import {importing, passGate} from './lease.ts';
import {type Partitions, partitionsOf, withRoom} from './partitions.ts';
import {takeOver, valuesOf} from './rows.ts';
import type {Session, Sessions} from './sessions.ts';
import {followServer, isOfThisServer, waits} from './sinks.ts';
import {listed, listTypeOf, sessionFor, textList} from './sql.ts';

/** Reports of one statement; the numbers of their arrival are those between two of the sequence (4096). */
const atOnce = 1000;
/** Milliseconds for one statement: whoever posted a report waits. */
const limits = {statement: 10_000} as const;
/** Servers that a database may be on, one after the other, while one batch is stored. */
const mostServers = 3;
/** Times that a batch may meet names or numbers that are there already: each kind of report once, and one of them once more. */
const mostConflicts = kindNames.length + 1;

/** Stores batches. The clock gives the number under which the marks of a span of this writer are kept. */
export interface Appending {
  append(batch: readonly Accepted[], admits: Admits, clock: Pick<ClockSlot, 'mark' | 'requireOwn'>): Promise<void>;
}

type PartitionsOf = Readonly<Record<KindName, Partitions>>;

export function appending(pool: Sessions): Appending & {readonly partitions: PartitionsOf} {
  const each = <T>(make: (kind: KindName) => T) =>
    Object.fromEntries(kindNames.map((kind) => [kind, make(kind)])) as Readonly<Record<KindName, T>>;
  const partitions = each((kind) => partitionsOf(pool, kind));
  const numbers = each(clusterNumbers);

  /** False: nothing is stored, since the server is another one than before, and an epoch of the sinks has to begin. */
  const store = (
    batches: Batches,
    marks: ReadonlyMap<number, number>,
    isAdmitted: (one: Accepted) => boolean,
    clock: Pick<ClockSlot, 'requireOwn'>,
  ) =>
    pool.transaction(
      async (plain, [begun]) => {
        if (begun!.moving) throw importing();
        if (begun!.same_server === false) return false;
        if (marks.size > 1) await clock.requireOwn(plain);
        for (const [kind, all] of batches) {
          const session = sessionFor(kind, plain);
          const batch = kinds[kind].areNamed ? await unknownYet(session, all) : all;
          const ids = await numbers[kind].of(session, batch, `${begun!.erasures} ${begun!.server}`, isAdmitted);
          for (let i = 0; i < batch.length; i += atOnce) {
            const isFirst = kind === 'spartakus' && i === 0;
            const arrival = isFirst ? (begun!.arrival as number) : await nextArrival(session);
            const part = batch.slice(i, i + atOnce);
            await insert(session, kinds[kind], part, arrival, ids, marks, begun!.same_server === true);
          }
        }
        return true;
      },
      {
        begin: beginning(batches.has('spartakus')),
        limits,
      },
    );

  return {
    partitions,
    async append(all, admits, clock) {
      const batches: Batches = Map.groupBy(all, ({kind}) => kind);
      if (batches.size === 0) return;
      const marks = new Map<number, number>([[0, 0]]);
      for (const {span = 0} of all) if (!marks.has(span)) marks.set(span, await clock.mark(span));
      const isAdmitted = askingOnce(admits);
      for (let [attempts, conflicts] = [1, 0]; ; attempts++) {
        try {
          const isStored = await withRoom(Object.values(partitions), async () => {
            for (const [kind, batch] of batches)
              await partitions[kind].ensure(batch.map(({received}) => dayOf(received)));
            return store(batches, marks, isAdmitted, clock);
          });
          if (!isStored) {
            if (attempts > mostServers)
              throw new StoreTrouble('each attempt reached a different server of the database');
            await pool.transaction(followServer, {limits});
            continue;
          }
          for (const kind of batches.keys()) numbers[kind].committed();
          return;
        } catch (error) {
          // Another process was first with a name, or another server has given the number before: the next one is another.
          if (stateOf(error) !== '23505' || conflicts++ >= mostConflicts) throw error;
        }
      }
    },
  };
}

type Batches = Map<KindName, readonly Accepted[]>;

/** Statements that a batch begins with; with the first number of arrival, where Spartakus' reports need one. */
function beginning(needsArrival: boolean): string {
  return `${passGate};
    SELECT ${needsArrival ? "nextval('seldon_usage.arrival')" : '0'} AS arrival, erasures,
      pg_postmaster_start_time()::text AS server, ${isOfThisServer} AS same_server,
      EXISTS (SELECT 1 FROM seldon_usage.moved) AS moving FROM seldon_usage.meta`;
}

/** Asks once for each new cluster, also where the transaction is tried again. */
function askingOnce(admits: Admits): (one: Accepted) => boolean {
  const answers = new Map<string, boolean>();
  return ({kind, cluster, received, network = noNetwork}) => {
    const key = `${kind} ${cluster}`;
    const answer = answers.get(key) ?? admits(network, dayOf(received), kind);
    answers.set(key, answer);
    return answer;
  };
}

/** The reports of a batch that are not stored yet, by what their senders call them; of several of one name the first. */
async function unknownYet(session: Session, batch: readonly Accepted[]): Promise<readonly Accepted[]> {
  const named = batch.filter(({once}) => once !== undefined);
  if (named.length === 0) return batch;
  const rows = await session.query(
    `SELECT c.name, o.once FROM unnest($1::text[], $2::text[]) AS g (name, once)
      JOIN seldon_usage.cluster c ON c.name = g.name JOIN seldon_usage.once o ON o.cluster = c.id AND o.once = g.once`,
    [named.map(({cluster}) => cluster), named.map(({once}) => once)],
  );
  const keyOf = (name: string, once: string | undefined) => JSON.stringify([name, once]);
  const seen = new Set(rows.map(({name, once}) => keyOf(name as string, once as string)));
  return batch.filter(({cluster, once}) => {
    if (once === undefined) return true;
    const key = keyOf(cluster, once);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

async function nextArrival(session: Session): Promise<number> {
  const [row] = await session.query("SELECT nextval('seldon_usage.arrival') AS arrival");
  return row!.arrival as number;
}

/** The first parameter with a fact; after the last one are the marks of which the dates are in doubt. */
const firstFact = 14;

/**
 * One statement: reports, each once a day, cluster and text, or once by what its sender calls it; the rows of the days, of the
 * last report to arrive, but that a row which is certain gives way to none that may belong to another day; and what is to be
 * counted. Reports without a name, of a kind that has names, are another each time: their number tells them apart.
 */
function statementOf(kind: Kind, passesOn: boolean): string {
  const text = kind.areNamed ? "body || '#' || arrived" : 'body';
  const facts = kind.stored.map((name, i) => `$${i + firstFact}::${listTypeOf(kind, name)}`).join(', ');
  return `
  WITH reports AS (
    INSERT INTO seldon_usage.report AS r (day, cluster, sha256, marked, arrived, received, body, once)
    SELECT DISTINCT ON (cluster, day, sha256, marked) day, cluster, sha256, marked, arrived, received, body, once
    FROM (
      SELECT day, cluster, sha256(convert_to(${text}, 'UTF8')) AS sha256, marked, arrived, received, body, once
      FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $13::text[])
        AS g (day, cluster, marked, arrived, received, body, once)) AS g
    ORDER BY cluster, day, sha256, marked, arrived DESC
    ON CONFLICT (day, cluster, sha256, marked) DO UPDATE
      SET arrived = excluded.arrived, received = greatest(r.received, excluded.received)
      WHERE r.arrived < excluded.arrived${passesOn ? ' RETURNING arrived, received, cluster, body, once, marked' : ''}
  ), days AS (
    INSERT INTO seldon_usage.cluster_day AS d (day, cluster, marked, arrived, ${listed('name', kind.stored)})
    SELECT * FROM unnest($7::int[], $8::bigint[], $9::bigint[], $10::bigint[], ${facts})
    ON CONFLICT (day, cluster) DO UPDATE SET ${takeOver(kind)}
      WHERE CASE WHEN excluded.marked = 0 THEN d.marked > 0 OR d.arrived < excluded.arrived
        ELSE d.marked > 0 AND d.arrived < excluded.arrived END
  )${kind.areNamed ? named : ''}${passesOn ? waits(`$${firstFact + kind.stored.length}`) : ''}
  INSERT INTO seldon_usage.pending (day, clusters)
    SELECT day, array_agg(cluster) FROM unnest($11::int[], $12::bigint[]) AS p (day, cluster) GROUP BY day`;
}
/** A name that another process stores at the same time is waited for, and then is a conflict: its batch is tried again. */
const named = `, names AS (
    INSERT INTO seldon_usage.once (cluster, once, day)
    SELECT cluster, once, day FROM unnest($1::int[], $2::bigint[], $13::text[]) AS g (day, cluster, once)
    WHERE once IS NOT NULL ORDER BY cluster, once)`;
/** Of each kind the statement alone, and where there are sinks. */
const statements = Object.fromEntries(
  kindNames.map((name) => [name, {alone: statementOf(kinds[name], false), passingOn: statementOf(kinds[name], true)}]),
) as Readonly<Record<KindName, {readonly alone: string; readonly passingOn: string}>>;

async function insert(
  session: Session,
  kind: Kind,
  batch: readonly Accepted[],
  arrival: number,
  ids: ReadonlyMap<string, number>,
  marks: ReadonlyMap<number, number>,
  passesOn: boolean,
): Promise<void> {
  const all = batch.map((one, i) => ({
    one,
    day: dayOf(one.received),
    cluster: ids.get(one.cluster)!,
    marked: marks.get(one.span ?? 0)!,
    arrived: arrival + i,
  }));
  const last = new Map<string, (typeof all)[number]>();
  for (const row of all) {
    const key = `${row.day} ${row.cluster}`;
    const before = last.get(key);
    if (!before || row.marked === 0 || before.marked > 0) last.set(key, row);
  }
  const rows = [...last.values()].sort((a, b) => a.cluster - b.cluster || a.day - b.day);
  const spans = all.filter(({marked}) => marked > 0);
  if (spans.length > 0)
    await session.query(
      'INSERT INTO seldon_usage.marked_day SELECT DISTINCT * FROM unnest($1::bigint[], $2::int[]) AS m (span, day) ORDER BY 1, 2 ON CONFLICT DO NOTHING',
      [spans.map(({marked}) => marked), spans.map(({day}) => day)],
    );
  const values = rows.map(({one}) => valuesOf(kind, one.facts));
  const of = <T>(list: typeof all, value: (row: (typeof all)[number]) => T) => list.map(value);
  const held = spans.filter(({one}) => one.held).map(({marked}) => marked);
  const {alone, passingOn} = statements[kind.name];
  await session.query(passesOn ? passingOn : alone, [
    ...[of(all, ({day}) => day), of(all, ({cluster}) => cluster), of(all, ({marked}) => marked)],
    ...[of(all, ({arrived}) => arrived), of(all, ({one}) => one.received), textList(of(all, ({one}) => one.body))],
    ...[of(rows, ({day}) => day), of(rows, ({cluster}) => cluster), of(rows, ({marked}) => marked)],
    ...[of(rows, ({arrived}) => arrived), of(rows, ({day}) => day), of(rows, ({cluster}) => cluster)],
    of(all, ({one}) => one.once ?? null),
    ...kind.stored.map((_, i) => values.map((row) => row[i])),
    ...(passesOn ? [[...new Set(held)]] : []),
  ]);
}
