import {connect, type Socket} from 'node:net';
import {parentPort, Worker, workerData} from 'node:worker_threads';
import {exampleCluster} from '../examples/example-clusters.ts';
import {encodeReport} from '../src/report/index.ts';

// Load for a collector: so many connections that each wait for their answer before they post again. Written on raw
// sockets, because a client that parses HTTP would take the processor from what is measured.

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly milliseconds: number;
  /** Different clusters that report. */
  readonly clusters: number;
  /** Stops after so many answers, where that comes first. */
  readonly requests?: number;
  /** Each report has a time of its own, as real ones have; else the same come again. */
  readonly fresh?: boolean;
}

export interface LoadResult {
  readonly answers: number;
  readonly refused: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Requests with reports of 3 KB, ready to be written. */
export function requests(clusters: number): Buffer[] {
  return Array.from({length: clusters}, (_, i) => {
    const body = encodeReport(exampleCluster(i, 1_790_000_000 + i, 6));
    return Buffer.from(
      `POST /api/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

const accepted = Buffer.from('HTTP/1.1 204');

let time = 1_800_000_000;
/** Gives a report the next time. */
function renew(request: Buffer): void {
  const key = '"timestamp":"';
  const at = request.indexOf(key);
  if (at < 0) throw new Error('a report without a time');
  request.write(String(time++), at + key.length);
}

/** Posts for a while and counts what was answered. */
export async function load({port, connections, milliseconds, clusters, ...rest}: LoadOptions): Promise<LoadResult> {
  const bodies = requests(clusters);
  const most = rest.requests ?? Number.POSITIVE_INFINITY;
  const times: number[] = [];
  let refused = 0;
  let sent = 0;
  const start = performance.now();
  const end = start + milliseconds;
  const one = (first: number) =>
    new Promise<void>((resolve, reject) => {
      let next = first;
      let began = 0;
      const socket: Socket = connect({port, host: '127.0.0.1', noDelay: true});
      const post = () => {
        if (performance.now() >= end || sent >= most) {
          socket.end();
          resolve();
          return;
        }
        sent++;
        began = performance.now();
        if (rest.fresh) renew(bodies[next]!);
        socket.write(bodies[next]!);
        next = (next + connections) % bodies.length;
      };
      socket.on('connect', post);
      // An answer without a body comes in one piece on loopback.
      socket.on('data', (chunk) => {
        times.push(performance.now() - began);
        if (accepted.compare(chunk, 0, accepted.length) !== 0) refused++;
        post();
      });
      socket.on('error', reject);
    });
  await Promise.all(Array.from({length: connections}, (_, i) => one(i % bodies.length)));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return {answers: times.length, refused, perSecond: (times.length - refused) / seconds, p50: at(0.5), p99: at(0.99)};
}

/** Like `load`, in a thread of its own. */
export async function loadInThread(options: LoadOptions): Promise<LoadResult> {
  const worker = new Worker(new URL(import.meta.url), {workerData: {load: options}});
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    await worker.terminate();
  }
}

if (workerData?.load) parentPort!.postMessage(await load(workerData.load));
