import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {kinds} from '../src/collector/kinds.ts';
import {dayOf} from '../src/collector/periods.ts';
import type {Writer} from '../src/collector/store/contract.ts';
import {sqliteWriter} from '../src/collector/store/sqlite/writer.ts';
import {acceptedOn} from '../test/collector/store/suite.ts';
import type {Bench} from './figures.ts';

const {stored, words} = kinds.spartakus;

const [clusters, days] = [Number(process.env.BENCH_CLUSTERS ?? 1_000_000), Number(process.env.BENCH_DAYS ?? 30)];
const today = dayOf(Date.now());
/** As `serve` does. */
const atOnce = 200;

/** A million clusters, each with a row on thirty days: what counting them takes from nothing, and after a hundredth has changed. */
export const bench: Bench = {
  name: `Counting ${clusters.toLocaleString('en')} clusters on ${days} days`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'bench-counting-'));
    const path = join(folder, 'reports.db');
    try {
      fill(path);
      const writer = sqliteWriter(path, {create: false});
      const first = await count(writer);
      const changed = Math.ceil(clusters / 100);
      for (let i = 0; i < changed; i += 1000) {
        await writer.append(
          Array.from({length: Math.min(1000, changed - i)}, (_, j) => ({
            ...acceptedOn(today, j % 50),
            cluster: nameOf((i + j) * 100),
          })),
        );
      }
      const again = await count(writer);
      await writer.close();
      return [
        {what: 'counted the first time', value: first.seconds, unit: 's'},
        {what: 'the longest step of that', value: first.longest, unit: 'ms'},
        {what: 'after 1 % changed', value: again.seconds, unit: 's', limit: {most: 10}},
        {what: 'the longest step of that', value: again.longest, unit: 'ms', limit: {most: 100}},
        {what: 'memory', value: process.memoryUsage.rss() / 1e6, unit: 'MB', limit: {most: 300}},
      ];
    } finally {
      rmSync(folder, {recursive: true});
    }
  },
};

/** Steps until everything is counted, one after the other. */
async function count(writer: Writer): Promise<{seconds: number; longest: number}> {
  const began = performance.now();
  let longest = 0;
  for (let more = true; more; ) {
    const before = performance.now();
    more = await writer.count({today, oldest: today - 400}, atOnce);
    longest = Math.max(longest, performance.now() - before);
  }
  return {seconds: (performance.now() - began) / 1000, longest};
}

function nameOf(i: number): string {
  return `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
}

/** Rows as `serve` would have made them, written by SQLite itself: the reports would take an hour. */
function fill(path: string): void {
  sqliteWriter(path, {create: true}).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN');
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${clusters - 1})`;
  database.exec(`${numbers} INSERT INTO cluster (id, name, first_day, last_day)
    SELECT i + 1, printf('00000000-0000-4000-8000-%012d', i), ${today - days + 1} + i % 20, ${today} FROM n`);
  const value = (name: string, at: number) =>
    words.includes(name) ? `'${name}-' || ((i * 7919) % ${at + 3})` : `(i * 104729) % ${at + 37}`;
  const insert = database.prepare(
    `${numbers} INSERT INTO cluster_day (day, cluster, ${stored.join(', ')}, arrived)
      SELECT ?1, i + 1, ${stored.map(value).join(', ')}, 0 FROM n`,
  );
  for (let day = today - days + 1; day <= today; day++) insert.run(day);
  const mark = database.prepare('INSERT INTO changed VALUES (?, 1)');
  mark.run(today);
  database.exec('COMMIT; PRAGMA journal_mode = WAL');
  database.close();
}
