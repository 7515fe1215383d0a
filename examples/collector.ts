// The collector's part of `npm run demo`: a collector on free ports of this machine with a store of its own, reports of
// made-up clusters, and what they add up to. Nothing is left behind.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {encodeReport} from '../src/report/index.ts';
import {exampleCluster} from './example-clusters.ts';

const program = join(import.meta.dirname, '../bin/run.js');

/** A collector that runs until it is stopped. */
export interface DemoCollector {
  /** Where reports are posted, without a path. */
  readonly url: string;
  readonly dashboard: string;
  /** Posts the reports of so many made-up clusters, each accepted or it throws. */
  sendExamples(count: number): Promise<void>;
  /** Prints the statistics as `seldon-usage stats` does, once they hold every report. */
  printStatistics(clusters: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the collector as a user would, with `serve`. */
export async function startDemoCollector(): Promise<DemoCollector> {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-demo-'));
  const args = ['serve', '--json', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
  const store = ['--store', `sqlite:${join(folder, 'reports.db')}`];
  const child = spawn(process.execPath, [program, ...args, ...store], {stdio: ['ignore', 'pipe', 'inherit']});
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('the collector ended'))),
  ])) as [string];
  const {reports: url, dashboard} = JSON.parse(line) as {reports: string; dashboard: string};
  return {
    url,
    dashboard,
    async sendExamples(count) {
      for (let i = 0; i < count; i++) await post(url, encodeReport(exampleCluster(i, Math.floor(Date.now() / 1000))));
    },
    async printStatistics(clusters) {
      await counted(dashboard, clusters);
      const shown = ['active', 'kubernetes', 'seldon', 'provider', 'size', 'device', 'cpu', 'memory'];
      const series = shown.flatMap((name) => ['--series', name]);
      const args = ['stats', '--url', dashboard, '--grain', 'day', '--min-cell', '1', ...series];
      execFileSync(process.execPath, [program, ...args], {stdio: 'inherit'});
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

async function post(url: string, body: string): Promise<void> {
  const headers = {'Content-Type': 'application/json'};
  const {status} = await fetch(`${url}/api/v1`, {method: 'POST', headers, body});
  if (status !== 204) throw new Error(`the collector answered ${status}`);
}

/** Waits until the statistics hold so many clusters: they are counted a second behind. */
async function counted(dashboard: string, clusters: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await fetch(`${dashboard}api/v1/stats?grain=day&series=active&min-cell=1`);
    const {series} = (await answer.json()) as {series: {values: {data: number[]}[]}[]};
    if ((series[0]?.values[0]?.data.at(-1) ?? 0) >= clusters) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the statistics never held ${clusters} clusters`);
}
