// A strict collector of Spartakus' protocol: takes what a collector takes and nothing else, and keeps the bytes.
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {checkReport} from '../../src/report/index.ts';
import {listenOnLoopback} from '../rig/scripted.ts';

export interface Receiver {
  url: string;
  /** Bodies of the reports that were accepted, as they came. */
  bodies: Buffer[];
  /** What was refused, and why. */
  refused: string[];
  /** Headers of everything that was posted. */
  headers: IncomingMessage['headers'][];
  close(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function startReceiver(): Promise<Receiver> {
  const bodies: Buffer[] = [];
  const refused: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(['/', '/healthz', '/version'].includes(request.url ?? '') ? 200 : 404).end('v1.1.0');
      return;
    }
    headers.push(request.headers);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const [status, why] = judge(request, body);
    if (status === 204) bodies.push(body);
    else refused.push(why);
    answer(response, status, why);
  });
  const {port, close} = await listenOnLoopback(server, '127.0.0.1');
  return {url: `http://127.0.0.1:${port}`, bodies, refused, headers, close};
}

function judge({method, url, headers}: IncomingMessage, body: Buffer): [status: number, why: string] {
  if (url !== '/api/v1') return [404, `no collector at ${url}`];
  if (method !== 'POST') return [405, `${method} is not allowed`];
  if (headers['content-type']?.split(';')[0] !== 'application/json')
    return [415, `not JSON: ${headers['content-type']}`];
  if (headers['content-length'] !== String(body.length)) return [400, `content-length ${headers['content-length']}`];
  try {
    const {problems} = checkReport(JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body)));
    return problems ? [400, `Error: failed to decode record: ${JSON.stringify(problems)}`] : [204, ''];
  } catch (error) {
    return [400, `Error: failed to decode record: ${(error as Error).message}`];
  }
}

function answer(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, {'content-type': 'text/plain'}).end(status === 204 ? undefined : why);
}
