import {isoDay} from '../../periods.ts';
import type {KnownCluster} from '../contract.ts';
import {openForReading} from './open.ts';
import {type Tables, tables} from './tables.ts';

const none = (...names: readonly string[]) => names.map((name) => `NULL AS ${name}`).join(', ');
const ofKind = ({cluster, cluster_day}: Tables, kind: string, columns: string) => `
  SELECT c.name AS clusterID, ${kind} AS kind, c.first_day AS first, c.last_day AS last, ${columns}
  FROM ${cluster} c LEFT JOIN ${cluster_day} d ON d.day = c.last_day AND d.cluster = c.id`;

const query = `
  ${ofKind(tables.spartakus, 'NULL', 'd.kubernetes, d.seldon, d.provider, d.nodes, d.cpu, d.memory, d.devices')}
  UNION ALL
  ${ofKind(tables.hodometer, "'hodometer'", `d.kubernetes, d.version AS seldon, ${none('provider', 'nodes', 'cpu', 'memory', 'devices')}`)}
  ORDER BY last DESC, clusterID, kind`;

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
