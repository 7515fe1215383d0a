import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parentPort, Worker, workerData} from 'node:worker_threads';
import {type Program, startProgram} from '../test/collector/program.ts';
import type {Bench, Figure} from './figures.ts';
import {loadInThread} from './load.ts';

/** Rounds in which the two take turns; the median counts, because other programs disturb single ones. */
const rounds = 5;

/** Milliseconds of one measurement. */
const milliseconds = 3000;

/** Durable ingest by `serve`, against a single-threaded `node:http` server that parses the JSON and answers 204. */
export const bench: Bench = {
  name: 'Ingest of 3 KB reports, durable, against a server that only parses the JSON; medians',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
    const baseline = await parseOnly();
    const program = await startProgram(join(folder, 'reports.db'));
    try {
      const figures: Figure[] = [];
      for (const [connections, four, two] of [
        [256, 0.9, 0.6],
        [32, 0.6, 0.35],
      ] as const) {
        const results = await takeTurns(connections, baseline.port, program.port);
        const of = (key: 'ratio' | 'p99' | 'perSecond') => median(results.map((result) => result[key]));
        const least = availableParallelism() >= 4 ? four : two;
        figures.push(
          {what: `${connections} connections, requests/s`, value: of('ratio'), unit: '× parse only', limit: {least}},
          {what: `${connections} connections, p99`, value: of('p99'), unit: 'ms', limit: {most: 60}},
          {what: `${connections} connections, reports`, value: of('perSecond'), unit: '/s'},
        );
      }
      return [...figures, ...(await memoryOverAMillion(program))];
    } finally {
      await program.stop();
      await baseline.stop();
      rmSync(folder, {recursive: true});
    }
  },
};

async function takeTurns(connections: number, plainPort: number, durablePort: number) {
  const results: {ratio: number; perSecond: number; p99: number}[] = [];
  for (let round = 0; round <= rounds; round++) {
    const options = {connections, milliseconds, clusters: 2000};
    const plain = await loadInThread({...options, port: plainPort});
    const {refused, perSecond, p99} = await loadInThread({...options, port: durablePort});
    if (refused > 0) throw new Error(`${refused} reports were refused`);
    // The first round warms both up.
    if (round > 0) results.push({ratio: perSecond / plain.perSecond, perSecond, p99});
  }
  return results;
}

/** Resident memory after a million reports, as a multiple of that after the first two hundred thousand. */
async function memoryOverAMillion(program: Program): Promise<Figure[]> {
  const post = (requests: number) =>
    loadInThread({port: program.port, connections: 256, milliseconds: 600_000, clusters: 2000, requests});
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/status`, 'utf8'))![1]) / 1024;
  await post(200_000);
  const early = resident();
  await post(800_000);
  const late = resident();
  return [
    {what: 'memory after a million reports', value: late / early, unit: '× that after 200,000', limit: {most: 1.25}},
    {what: 'memory after a million reports', value: late, unit: 'MB', limit: {most: 300}},
  ];
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** The server to compare with, in a thread of its own. */
async function parseOnly(): Promise<{port: number; stop(): Promise<unknown>}> {
  const worker = new Worker(new URL(import.meta.url), {workerData: {parseOnly: true}});
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  return {port, stop: () => worker.terminate()};
}

if (workerData?.parseOnly) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as {port: number}).port));
}
