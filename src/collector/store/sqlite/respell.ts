import type {DatabaseSync} from 'node:sqlite';
import {clusterKey} from '../../cluster-key.ts';

/**
 * Gives every cluster its one spelling, within the caller's transaction: 0.1.0 took each spelling of a UUID for a cluster
 * of its own. Every report stays. Where two spellings have a row of the same day, that of the later report stays, as if
 * they had always been one cluster; those days are counted anew.
 */
export function respellClusters(database: DatabaseSync): void {
  database.function('cluster_key', {deterministic: true}, (name) => clusterKey(String(name)));
  database.exec(`
    CREATE TEMP TABLE respelled AS
      SELECT id AS old, cluster_key(name) AS name, first_day, last_day FROM cluster WHERE cluster_key(name) <> name`);
  // Without this a large store would be read from end to end for nothing.
  if (database.prepare('SELECT 1 FROM respelled').get()) database.exec(merge);
  database.exec('DROP TABLE temp.respelled');
}

const merge = `
  INSERT INTO cluster (name, first_day, last_day)
    SELECT name, min(first_day), max(last_day) FROM respelled WHERE true GROUP BY name
    ON CONFLICT DO UPDATE SET
      first_day = min(first_day, excluded.first_day), last_day = max(last_day, excluded.last_day);
  CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL, name TEXT NOT NULL);
  INSERT INTO moved SELECT r.old, c.id, r.name FROM respelled r JOIN cluster c ON c.name = r.name;
  CREATE TEMP TABLE concerned (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
  INSERT INTO concerned SELECT old, new FROM moved UNION SELECT new, new FROM moved;

  CREATE TEMP TABLE latest (cluster INTEGER, day INTEGER, report INTEGER, PRIMARY KEY (cluster, day)) WITHOUT ROWID;
  INSERT INTO latest
    SELECT cluster, received / 86400000, max(id) FROM report
    WHERE cluster IN (SELECT old FROM concerned) GROUP BY 1, 2;
  CREATE TEMP TABLE rival AS
    SELECT d.day, d.cluster, row_number() OVER (
      PARTITION BY d.day, c.new ORDER BY coalesce(l.report, 0) DESC, d.cluster DESC) AS place
    FROM cluster_day d JOIN concerned c ON c.old = d.cluster
    LEFT JOIN latest l ON l.cluster = d.cluster AND l.day = d.day;
  DELETE FROM cluster_day WHERE (day, cluster) IN (SELECT day, cluster FROM rival WHERE place > 1);
  UPDATE cluster_day SET cluster = (SELECT new FROM moved WHERE old = cluster) WHERE cluster IN (SELECT old FROM moved);

  UPDATE report SET
    body = CASE WHEN json_valid(body)
      THEN json_replace(body, '$.clusterID', (SELECT name FROM moved WHERE old = cluster)) ELSE body END,
    cluster = (SELECT new FROM moved WHERE old = cluster)
    WHERE cluster IN (SELECT old FROM moved);
  DELETE FROM cluster WHERE id IN (SELECT old FROM moved);
  INSERT INTO changed SELECT DISTINCT day, 1 FROM rival WHERE true ON CONFLICT DO UPDATE SET version = version + 1;
  DROP TABLE temp.moved; DROP TABLE temp.concerned; DROP TABLE temp.latest; DROP TABLE temp.rival;
`;
