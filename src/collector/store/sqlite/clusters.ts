import {type Kind, kinds} from '../../kinds.ts';
import {isoDay} from '../../periods.ts';
import type {KnownCluster} from '../contract.ts';
import {openForReading} from './open.ts';
import {tables} from './tables.ts';

/** What is told of a cluster of any kind. */
const listed = [...new Set(Object.values(kinds).flatMap((kind) => kind.listed.map(([, name]) => name)))];

function ofKind({name: kind, listed: own}: Kind): string {
  const {cluster, cluster_day} = tables[kind];
  const columns = listed.map((name) => {
    const column = own.find(([, called]) => called === name)?.[0];
    return `${column ? `d.${column}` : 'NULL'} AS ${name}`;
  });
  return `SELECT c.name AS clusterID, ${kind === 'spartakus' ? 'NULL' : `'${kind}'`} AS kind,
      c.first_day AS first, c.last_day AS last, ${columns.join(', ')}
    FROM ${cluster} c LEFT JOIN ${cluster_day} d ON d.day = c.last_day AND d.cluster = c.id`;
}

const query = `${Object.values(kinds).map(ofKind).join(' UNION ALL ')} ORDER BY last DESC, clusterID, kind`;

/**
 * Every cluster that the store at `path` knows, those first that reported last, then by ID; one at a time, also beside a
 * server. What sorting needs beyond a small cache SQLite keeps in a file.
 *
 * @throws {UserError} input, if there is no store or it can't be read
 */
export function* knownClusters(path: string): Generator<KnownCluster, void> {
  const database = openForReading(path);
  try {
    database.exec('PRAGMA temp_store = FILE');
    for (const row of database.prepare(query).iterate() as Iterable<Record<string, string | number | null>>) {
      const {first, last, ...known} = row;
      yield {
        ...(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)) as Pick<
          KnownCluster,
          'clusterID'
        >),
        firstSeen: isoDay(first as number),
        lastSeen: isoDay(last as number),
      };
    }
  } finally {
    database.close();
  }
}
