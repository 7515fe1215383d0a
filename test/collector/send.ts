import {type Agent, type IncomingHttpHeaders, request} from 'node:http';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {encodeReport} from '../../src/report/index.ts';

export interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request of a sender that keeps its connection where `agent` says so, from an address of this machine. */
export function send(
  port: number,
  {
    method = 'POST',
    path = '/api/v1',
    headers = {},
    body,
    agent,
    from,
  }: Partial<Message> & {agent?: Agent; from?: string} = {},
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const more = {...(agent ? {agent} : {}), ...(from ? {localAddress: from} : {})};
    const sender = request({host: '127.0.0.1', port, method, path, headers, ...more}, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({status: answer.statusCode!, headers: answer.headers, text}));
      answer.on('error', reject);
    });
    sender.on('error', reject);
    sender.end(body);
  });
}

export interface Message {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

export const json = {'Content-Type': 'application/json'};

/** The report of the `number`th made-up cluster, as it is posted. */
export function reportOf(number: number, timestamp = 1_790_000_000): string {
  return encodeReport(exampleCluster(number, timestamp, 2));
}

/** Posts the report of a made-up cluster. */
export function post(port: number, number: number, timestamp?: number): Promise<Sent> {
  return send(port, {headers: json, body: reportOf(number, timestamp)});
}

/** Tries until `check` holds; rejects with what it last threw, or that it never held, after `patience` milliseconds. */
export async function eventually<T>(check: () => Promise<T> | T, patience = 30_000): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      throw new Error('never true');
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
