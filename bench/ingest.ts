import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parentPort, Worker, workerData} from 'node:worker_threads';
import {startProgram} from '../test/collector/program.ts';
import {loadInThread} from './load.ts';

/** A figure of a bench: a name, what was measured, and the bound that it is held to, where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound?: {readonly atLeast: number} | {readonly atMost: number};
}

export const name = 'ingest: durable, against a server that only parses the JSON';

/** Rounds in which the two take turns; the median counts, because other programs disturb single ones. */
const rounds = 5;

/** Requests/s of `serve` as a multiple of a single-threaded `node:http` server that parses and answers 204. */
export async function run({milliseconds = 3000, cores}: {milliseconds?: number; cores: number}): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
  const baseline = await parseOnly();
  const program = await startProgram(join(folder, 'reports.db'));
  const figures: Figure[] = [];
  try {
    for (const [connections, four, two] of [
      [256, 0.9, 0.6],
      [32, 0.6, 0.35],
    ] as const) {
      const results: {ratio: number; rate: number; p99: number}[] = [];
      for (let round = 0; round <= rounds; round++) {
        const options = {connections, milliseconds, clusters: 2000};
        const plain = await loadInThread({...options, port: baseline.port});
        const durable = await loadInThread({...options, port: program.port});
        if (durable.refused > 0) throw new Error(`${durable.refused} reports were refused`);
        // The first round warms both up.
        if (round === 0) continue;
        results.push({ratio: durable.perSecond / plain.perSecond, rate: durable.perSecond, p99: durable.p99});
      }
      const bound = {atLeast: cores >= 4 ? four : two};
      figures.push(
        {name: `requests/s at ${connections} connections`, value: median(results.map(({rate}) => rate)), unit: '1/s'},
        {name: `ratio at ${connections} connections`, value: median(results.map(({ratio}) => ratio)), unit: '×', bound},
        {
          name: `p99 at ${connections} connections`,
          value: median(results.map(({p99}) => p99)),
          unit: 'ms',
          bound: {atMost: 60},
        },
      );
    }
    return figures;
  } finally {
    await program.stop();
    await baseline.stop();
    rmSync(folder, {recursive: true});
  }
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
