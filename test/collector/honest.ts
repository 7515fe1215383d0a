import {request} from 'node:http';
import {parentPort, Worker, workerData} from 'node:worker_threads';
import {reportOf} from './send.ts';

/** What became of honest reports: how many were not taken, and the milliseconds that 99 % of them took at most. */
export interface Honest {
  readonly refused: number;
  readonly p99: number;
}

interface Wanted {
  readonly port: number;
  readonly localAddress: string;
  readonly count: number;
  readonly headers?: Record<string, string>;
}

/** Posts reports from an address one after the other, in a thread of its own: whoever attacks in this one is busy. */
export async function honestReports(wanted: Wanted): Promise<Honest> {
  const worker = new Worker(new URL(import.meta.url), {workerData: {honest: wanted}});
  try {
    return await new Promise<Honest>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    await worker.terminate();
  }
}

async function postAll({port, localAddress, count, headers}: Wanted): Promise<Honest> {
  const times: number[] = [];
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const before = performance.now();
    const status = await new Promise<number>((resolve) => {
      const sender = request(
        {
          ...{host: '127.0.0.1', port, localAddress, method: 'POST', path: '/api/v1', agent: false, timeout: 60_000},
          headers: {'Content-Type': 'application/json', ...headers},
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        },
      );
      sender.once('timeout', () => sender.destroy());
      sender.once('error', () => resolve(0));
      sender.end(reportOf(i));
    });
    times.push(performance.now() - before);
    if (status !== 204) refused++;
  }
  times.sort((a, b) => a - b);
  return {refused, p99: times[Math.ceil(times.length * 0.99) - 1]!};
}

if (workerData?.honest) parentPort!.postMessage(await postAll(workerData.honest));
