import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {dayOf} from '../src/collector/periods.ts';
import {sqliteReader} from '../src/collector/store/sqlite/reader.ts';
import {sqliteWriter} from '../src/collector/store/sqlite/writer.ts';
import {startProgram} from '../test/collector/program.ts';
import {acceptedOn} from '../test/collector/store/suite.ts';
import type {Bench, Figure} from './figures.ts';
import {slowestSeries} from './slowest-series.ts';

const days = 400;
const clusters = 25_000;

/** A store of ten million cluster-days, the default retention of 25,000 clusters: size, start, and every series. */
export const bench: Bench = {
  name: 'Statistics over 10 million cluster-days',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'bench-statistics-'));
    const path = join(folder, 'reports.db');
    try {
      fill(path);
      const bytes = statSync(path).size / (days * clusters);
      const counting = await count(path);
      const series = await slowestSeries(sqliteReader(path));
      const before = performance.now();
      const program = await startProgram(path);
      const start = performance.now() - before;
      await program.stop();
      return [
        {what: 'size of a cluster-day', value: bytes, unit: 'bytes', limit: {most: 150}},
        {what: 'start with existing data', value: start, unit: 'ms', limit: {most: 2000}},
        {what: 'slowest series', value: series, unit: 'ms', limit: {most: 10}},
        ...counting,
      ];
    } finally {
      rmSync(folder, {recursive: true});
    }
  },
};

/** Rows as `serve` would have made them, written by SQLite itself, because ten million reports would take an hour. */
function fill(path: string): void {
  sqliteWriter(path, {create: true}).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF');
  const today = dayOf(Date.now());
  database.exec('BEGIN');
  const numbers = (most: number) =>
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${most - 1})`;
  database.exec(
    `${numbers(clusters)} INSERT INTO cluster (id, name, first_day, last_day) SELECT i + 1, printf('%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i), ${today - days + 1} + i % 300, ${today} FROM n`,
  );
  const one = (list: string[], step: number) =>
    `CASE (i * ${step} + ${step}) % ${list.length} ${list.map((value, at) => `WHEN ${at} THEN '${value}'`).join(' ')} END`;
  const insert = database.prepare(
    `${numbers(clusters)} INSERT INTO cluster_day SELECT ?, i + 1,
      ${one(['1.27', '1.28', '1.29', '1.30', '1.31', '1.32'], 7)}, ${one(['1.14.1', '1.15.1', '1.16.0', '1.17.1', '1.18.2'], 11)},
      ${one(['aws', 'gce', 'azure', 'unknown', 'openstack'], 13)}, ${one(['amd64', 'arm64', 'mixed'], 5)}, 'linux',
      ${one(['containerd', 'cri-o', 'docker'], 17)}, ${one(['none', 'none', 'NVIDIA GPU'], 19)},
      i % 40, i % 900, i % 70000, i % 9, 0, 0, 0 FROM n`,
  );
  for (let day = today - days + 1; day <= today; day++) insert.run(day);
  database.prepare('INSERT INTO changed VALUES (?, 1), (?, 1)').run(today, today - 89);
  database.exec('COMMIT');
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}

/** Counts all that is kept, as a server would that finds it uncounted, and then one day that changed. */
async function count(path: string): Promise<Figure[]> {
  const writer = sqliteWriter(path, {create: false});
  const today = dayOf(Date.now());
  const steps = async () => {
    let longest = 0;
    for (let more = true; more; ) {
      const before = performance.now();
      more = await writer.count({today, oldest: today - days}, 200);
      longest = Math.max(longest, performance.now() - before);
    }
    return longest;
  };
  await steps();
  await writer.append([acceptedOn(today, 1)]);
  const before = performance.now();
  const longest = await steps();
  const again = performance.now() - before;
  await writer.close();
  return [
    {what: 'counting day, week and month after a report', value: again, unit: 'ms', limit: {most: 4000}},
    {what: 'the longest that a report waits for it', value: longest, unit: 'ms'},
  ];
}
