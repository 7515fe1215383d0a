import {stored} from '../../columns.ts';
import {noNetwork} from '../../network.ts';
import {dayOf} from '../../periods.ts';
import type {Accepted, Admits} from '../contract.ts';
import {clusterNumbers} from './clusters-known.ts';
import {stateOf} from './errors.ts';
import {type Partitions, partitionsOf} from './partitions.ts';
import {takeOver} from './rows.ts';
import type {Session, Sessions} from './sessions.ts';
import {listed, listTypeOf, locks} from './sql.ts';

/** Reports of one statement; the numbers of their arrival are those between two of the sequence (4096). */
const atOnce = 1000;
/** Milliseconds for one statement: whoever posted a report waits. */
const limits = {statement: 10_000} as const;

/** Stores batches. `mark` gives the number under which the marks of a span of this writer are kept. */
export interface Appending {
  append(batch: readonly Accepted[], admits: Admits, mark: (span: number) => Promise<number>): Promise<void>;
}

export function appending(pool: Sessions): Appending & {readonly partitions: Partitions} {
  const partitions = partitionsOf(pool);
  const numbers = clusterNumbers();

  const store = (
    batch: readonly Accepted[],
    marks: ReadonlyMap<number, number>,
    isAdmitted: (one: Accepted) => boolean,
  ) =>
    pool.transaction(
      async (session, [begun]) => {
        const ids = await numbers.of(session, batch, begun!.erasures as number, isAdmitted);
        for (let i = 0; i < batch.length; i += atOnce) {
          const arrival = i === 0 ? (begun!.arrival as number) : await nextArrival(session);
          await insert(session, batch.slice(i, i + atOnce), arrival, ids, marks);
        }
      },
      {
        begin: `SELECT pg_advisory_xact_lock_shared(${locks.gate});
          SELECT nextval('seldon_usage.arrival') AS arrival, erasures FROM seldon_usage.meta`,
        limits,
      },
    );

  return {
    partitions,
    async append(batch, admits, mark) {
      if (batch.length === 0) return;
      const marks = new Map<number, number>([[0, 0]]);
      for (const {span = 0} of batch) if (!marks.has(span)) marks.set(span, await mark(span));
      // Asked once for each new cluster, also where the transaction is tried again.
      const answers = new Map<string, boolean>();
      const isAdmitted = ({cluster, received, network = noNetwork}: Accepted) => {
        const answer = answers.get(cluster) ?? admits(network, dayOf(received));
        answers.set(cluster, answer);
        return answer;
      };
      for (let attempt = 1; ; attempt++) {
        await partitions.ensure(batch.map(({received}) => dayOf(received)));
        try {
          await store(batch, marks, isAdmitted);
          numbers.committed();
          return;
        } catch (error) {
          // A partition that was there is dropped: its day was too old.
          if (attempt > 1 || stateOf(error) !== '23514') throw error;
          partitions.forget();
        }
      }
    },
  };
}

async function nextArrival(session: Session): Promise<number> {
  const [row] = await session.query("SELECT nextval('seldon_usage.arrival') AS arrival");
  return row!.arrival as number;
}

/**
 * One statement: reports, each once a day, cluster and text; the rows of the days, of the last report to arrive, but that a
 * row which is certain gives way to none that may belong to another day; and what is to be counted.
 */
const statement = `
  WITH reports AS (
    INSERT INTO seldon_usage.report AS r (day, cluster, sha256, marked, arrived, received, body)
    SELECT DISTINCT ON (cluster, day, sha256, marked) day, cluster, sha256, marked, arrived, received, body
    FROM (
      SELECT day, cluster, sha256(convert_to(body, 'UTF8')) AS sha256, marked, arrived, received, body
      FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
        AS g (day, cluster, marked, arrived, received, body)) AS g
    ORDER BY cluster, day, sha256, marked, arrived DESC
    ON CONFLICT (day, cluster, sha256, marked) DO UPDATE
      SET arrived = excluded.arrived, received = greatest(r.received, excluded.received)
      WHERE r.arrived < excluded.arrived
  ), days AS (
    INSERT INTO seldon_usage.cluster_day AS d (day, cluster, marked, arrived, ${listed('name')})
    SELECT * FROM unnest($7::int[], $8::bigint[], $9::bigint[], $10::bigint[], ${stored.map((name, i) => `$${i + 13}::${listTypeOf(name)}`).join(', ')})
    ON CONFLICT (day, cluster) DO UPDATE SET ${takeOver}
      WHERE CASE WHEN excluded.marked = 0 THEN d.marked > 0 OR d.arrived < excluded.arrived
        ELSE d.marked > 0 AND d.arrived < excluded.arrived END
  )
  INSERT INTO seldon_usage.pending (day, clusters)
    SELECT day, array_agg(cluster) FROM unnest($11::int[], $12::bigint[]) AS p (day, cluster) GROUP BY day`;

async function insert(
  session: Session,
  batch: readonly Accepted[],
  arrival: number,
  ids: ReadonlyMap<string, number>,
  marks: ReadonlyMap<number, number>,
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
  const facts = stored.map((name) =>
    rows.map(({one}) => {
      const value = one.facts[name];
      if (value === undefined) throw new TypeError(`a report without ${name}`);
      return typeof value === 'boolean' ? Number(value) : value;
    }),
  );
  const of = <T>(list: typeof all, value: (row: (typeof all)[number]) => T) => list.map(value);
  await session.query(statement, [
    ...[of(all, ({day}) => day), of(all, ({cluster}) => cluster), of(all, ({marked}) => marked)],
    ...[of(all, ({arrived}) => arrived), of(all, ({one}) => one.received), of(all, ({one}) => one.body)],
    ...[of(rows, ({day}) => day), of(rows, ({cluster}) => cluster), of(rows, ({marked}) => marked)],
    ...[of(rows, ({arrived}) => arrived), of(rows, ({day}) => day), of(rows, ({cluster}) => cluster)],
    ...facts,
  ]);
}
