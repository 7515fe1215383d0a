import {dayOf} from '../../periods.ts';
import type {Accepted} from '../contract.ts';
import type {Row, Session} from './sessions.ts';

/** Numbers of clusters kept in memory; beyond it they are read again. */
const mostClusters = 100_000;

/** A cluster's number, and the first and last day that its row of the table of clusters has. */
interface Known {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** Numbers of clusters by their names. */
export interface ClusterNumbers {
  /**
   * Numbers of all clusters of a batch, made where there are none, within the caller's transaction.
   *
   * @param epoch how often clusters were erased so far, and by which server: another one's, after a failover, may be others
   */
  of(
    session: Session,
    batch: readonly Accepted[],
    epoch: string,
    isAdmitted: (first: Accepted) => boolean,
  ): Promise<ReadonlyMap<string, number>>;
  /** The transaction is committed. Where this is not said what it made is taken for gone. */
  committed(): void;
}

/** The numbers of the clusters of one kind, as one writer knows them. */
export function clusterNumbers(): ClusterNumbers {
  const clusters = new Map<string, Known>();
  let known = '';
  let isCertain = true;

  const remember = (rows: readonly Row[]) => {
    for (const {id, name, first_day: first, last_day: last} of rows) clusters.set(name, {id, first, last});
  };
  return {
    async of(session, batch, epoch, isAdmitted) {
      if (!isCertain || epoch !== known || clusters.size > mostClusters) clusters.clear();
      known = epoch;
      isCertain = false;
      const wanted = new Map<string, {first: number; last: number}>();
      for (const {cluster, received} of batch) {
        const day = dayOf(received);
        const {first, last} = wanted.get(cluster) ?? {first: day, last: day};
        wanted.set(cluster, {first: Math.min(first, day), last: Math.max(last, day)});
      }
      const isCovered = (name: string) => {
        const [known, {first, last}] = [clusters.get(name), wanted.get(name)!];
        return known !== undefined && known.first <= first && known.last >= last;
      };
      const names = [...wanted.keys()];
      const unsure = names.filter((name) => !isCovered(name));
      if (unsure.length > 0)
        remember(
          await session.query(
            'SELECT id, name, first_day, last_day FROM seldon_usage.cluster WHERE name = ANY($1::text[])',
            [unsure],
          ),
        );
      const unranked = new Set<string>();
      const asked = new Set<string>();
      for (const one of batch) {
        if (clusters.has(one.cluster) || asked.has(one.cluster)) continue;
        asked.add(one.cluster);
        if (!isAdmitted(one)) unranked.add(one.cluster);
      }
      // In one order, so that two processes with the same clusters do not wait for each other.
      const lacking = unsure.filter((name) => !isCovered(name)).sort();
      if (lacking.length > 0)
        remember(
          await session.query(
            `INSERT INTO seldon_usage.cluster AS c (name, first_day, last_day, unranked)
              SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::boolean[])
              ON CONFLICT (name) DO UPDATE SET
                first_day = least(c.first_day, excluded.first_day), last_day = greatest(c.last_day, excluded.last_day)
              RETURNING id, name, first_day, last_day`,
            [
              lacking,
              lacking.map((name) => wanted.get(name)!.first),
              lacking.map((name) => wanted.get(name)!.last),
              lacking.map((name) => unranked.has(name)),
            ],
          ),
        );
      return new Map(names.map((name) => [name, clusters.get(name)!.id]));
    },
    committed() {
      isCertain = true;
    },
  };
}
