import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Program, startProgram} from '../test/collector/program.ts';
import {startPostgres} from '../test/rig/postgres.ts';
import {whyNoPostgres} from '../test/rig/postgres-programs.ts';
import type {Bench, Figure} from './figures.ts';
import {loadInThread} from './load.ts';

/** Rounds in which the three take turns; the median counts, because other programs disturb single ones. */
const rounds = 5;
const milliseconds = 3000;
/** Connections in all. */
const connections = 128;

/** Durable ingest into a PostgreSQL on this machine by one `serve` and by two, against one with the embedded store. */
export const bench: Bench = {
  name: 'Ingest of 3 KB reports into PostgreSQL 15 on the same machine, against the embedded store; medians',
  async run() {
    const why = whyNoPostgres('postgres15');
    if (why !== undefined) throw new Error(why);
    const folder = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
    const server = await startPostgres({version: 15, settings: {shared_buffers: '256MB', max_wal_size: '2GB'}});
    const url = await server.newDatabase();
    const embedded = await startProgram(join(folder, 'reports.db'));
    const [one, other] = [await startProgram(url), await startProgram(url)];
    try {
      const all: Record<'embedded' | 'one' | 'two', Turn[]> = {embedded: [], one: [], two: []};
      for (let round = 0; round <= rounds; round++) {
        const turns = {
          embedded: await turn([embedded], [embedded.child.pid!]),
          one: await turn([one], [one.child.pid!, server.pid()]),
          two: await turn([one, other], [one.child.pid!, other.child.pid!, server.pid()]),
        };
        // The first round warms all up.
        if (round > 0) for (const name of ['embedded', 'one', 'two'] as const) all[name].push(turns[name]);
      }
      const ratio = (a: Turn[], b: Turn[]) => median(a.map(({perSecond}, i) => perSecond / b[i]!.perSecond));
      const of = (turns: Turn[], key: keyof Turn) => median(turns.map((turn) => turn[key]));
      const figures: Figure[] = [
        {what: 'one process, reports/s', value: ratio(all.one, all.embedded), unit: '× embedded', limit: {least: 0.6}},
        {what: 'two processes, reports/s', value: ratio(all.two, all.one), unit: '× one', limit: {least: 0.9}},
      ];
      for (const [name, turns] of Object.entries(all))
        figures.push(
          {what: `${name}, reports`, value: of(turns, 'perSecond'), unit: '/s'},
          {what: `${name}, p99`, value: of(turns, 'p99'), unit: 'ms'},
          {what: `${name}, CPU of serve and database`, value: of(turns, 'cpu'), unit: 's per 100,000 reports'},
        );
      return figures;
    } finally {
      for (const program of [embedded, one, other]) await program.stop();
      await server.stop('immediate');
      rmSync(folder, {recursive: true});
    }
  },
};

interface Turn {
  readonly perSecond: number;
  readonly p99: number;
  /** Seconds per 100,000 reports. */
  readonly cpu: number;
}

/** Posts to all programs at once, and adds up what they and what they started used. */
async function turn(programs: readonly Program[], processes: readonly number[]): Promise<Turn> {
  const before = cpuSeconds(processes);
  const share = {connections: connections / programs.length, milliseconds, clusters: 2000, fresh: true};
  const results = await Promise.all(programs.map(({port}) => loadInThread({...share, port})));
  const refused = results.reduce((sum, one) => sum + one.refused, 0);
  if (refused > 0) throw new Error(`${refused} reports were refused`);
  const answers = results.reduce((sum, one) => sum + one.answers, 0);
  return {
    perSecond: results.reduce((sum, one) => sum + one.perSecond, 0),
    p99: Math.max(...results.map(({p99}) => p99)),
    cpu: ((cpuSeconds(processes) - before) / answers) * 100_000,
  };
}

/** Processor time of processes and their children, in seconds (proc_pid_stat(5); a tick is a hundredth). */
function cpuSeconds(processes: readonly number[]): number {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const isOwn = processes.includes(Number(name));
      if (!isOwn && !processes.includes(fields[1]!)) continue;
      ticks += fields[11]! + fields[12]! + (isOwn ? fields[13]! + fields[14]! : 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
