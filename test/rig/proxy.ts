// Forward proxies that record what they were asked for. Whatever they are told, they connect to this machine only.
import {createServer, request as httpRequest, type IncomingMessage} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {connect, createServer as createRawServer, isIP, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import type {Identity} from './certificates.ts';
import {listenOnLoopback} from './scripted.ts';

export interface ProxyOptions {
  /** What the client must know. */
  auth?: {username: string; password: string};
  /** Refuses everything: an HTTP proxy by this status (403), a SOCKS proxy by this reply (2). */
  refuse?: number;
  /** Names that lead to a loopback address, at another port where it has one: `{'api.corp.example': '127.0.0.1:6443'}`. */
  hosts?: Record<string, string>;
}

export interface HttpProxyOptions extends ProxyOptions {
  /** Speaks TLS to its clients. */
  tls?: Identity;
}

export interface ProxyRequest {
  /** GET, CONNECT, … or SOCKS5. */
  method: string;
  /** host:port of a tunnel, the URL of a plain request. */
  target: string;
  /** user:password that the client gave. */
  credentials?: string;
}

export interface Proxy {
  /** Without credentials. */
  url: string;
  port: number;
  requests: ProxyRequest[];
  close(): Promise<void>;
}

/** Starts an HTTP proxy: CONNECT for tunnels, absolute URLs for plain HTTP. */
export async function startProxy({auth, refuse, hosts = {}, tls}: HttpProxyOptions = {}): Promise<Proxy> {
  const requests: ProxyRequest[] = [];
  const wanted = auth && `${auth.username}:${auth.password}`;

  // Records a request and answers the status with which it is refused, if it is.
  const refusal = (request: IncomingMessage): number | undefined => {
    const [, encoded] = request.headers['proxy-authorization']?.split(' ') ?? [];
    const credentials = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
    const {method = '', url: target = ''} = request;
    requests.push({method, target, ...(credentials !== undefined && {credentials})});
    if (refuse) return refuse;
    return wanted === credentials || wanted === undefined ? undefined : 407;
  };

  const server = tls ? createTlsServer(tls) : createServer();
  server.on('request', (request, response) => {
    const target = URL.parse(request.url ?? '');
    const status = refusal(request) ?? (target ? undefined : 400);
    const host = target && loopback(target.hostname, hosts);
    if (status || !target || !host) return void response.writeHead(status ?? 502).end();
    const {'proxy-authorization': _, ...headers} = request.headers;
    const path = target.pathname + target.search;
    const onward = httpRequest({host, port: target.port || 80, path, method: request.method, headers}, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => {});
    const status = refusal(request);
    const {host, port} = splitTarget(request.url ?? '');
    const destination = loopback(host, hosts);
    if (status || !destination) {
      const challenge = status === 407 ? 'Proxy-Authenticate: Basic realm="rig"\r\n' : '';
      return void client.end(`HTTP/1.1 ${status ?? 502} Refused\r\n${challenge}Content-Length: 0\r\n\r\n`);
    }
    const onward = tunnel(client, destination, portOf(host, hosts) ?? port, () =>
      client.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    );
    onward.write(head);
  });
  const {port, close} = await listenOnLoopback(server, '127.0.0.1');
  return {url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, requests, close};
}

/** Starts a SOCKS5 proxy (RFC 1928, user name and password by RFC 1929). */
export async function startSocksProxy({auth, refuse, hosts = {}}: ProxyOptions = {}): Promise<Proxy> {
  const requests: ProxyRequest[] = [];

  const serve = async (client: Socket) => {
    const read = reader(client);
    const [, methods = 0] = await read(2);
    await read(methods);
    client.write(Uint8Array.of(5, auth ? 2 : 0));
    let credentials: string | undefined;
    if (auth) {
      const [, nameLength = 0] = await read(2);
      const name = await read(nameLength);
      const [passwordLength = 0] = await read(1);
      credentials = `${name}:${await read(passwordLength)}`;
      const known = credentials === `${auth.username}:${auth.password}`;
      client.write(Uint8Array.of(1, known ? 0 : 1));
      if (!known) {
        requests.push({method: 'SOCKS5', target: '', credentials});
        return void client.end();
      }
    }
    const [, , , kind = 0] = await read(4);
    const host = await readHost(read, kind);
    const port = (await read(2)).readUInt16BE();
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    requests.push({method: 'SOCKS5', target, ...(credentials !== undefined && {credentials})});
    const destination = loopback(host, hosts);
    const reply = (code: number) => client.write(Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0));
    if (refuse || !destination) {
      reply(refuse ?? 2);
      return void client.end();
    }
    tunnel(client, destination, port, () => reply(0));
  };

  const server = createRawServer((client) => void serve(client).catch(() => client.destroy()));
  const {port, close} = await listenOnLoopback(server, '127.0.0.1');
  return {url: `socks5://127.0.0.1:${port}`, port, requests, close};
}

function tunnel(client: Duplex, host: string, port: number, established: () => void): Socket {
  const onward = connect(port, host, established);
  onward.on('error', () => client.destroy());
  onward.on('close', () => client.destroy());
  client.on('close', () => onward.destroy());
  client.pipe(onward).pipe(client);
  return onward;
}

function loopback(host: string, hosts: Record<string, string>): string | undefined {
  const address = hosts[host]?.split(':')[0] ?? (host === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''));
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.')) ? address : undefined;
}

function portOf(host: string, hosts: Record<string, string>): number | undefined {
  const [, port] = hosts[host]?.split(':') ?? [];
  return port === undefined ? undefined : Number(port);
}

function splitTarget(target: string): {host: string; port: number} {
  const colon = target.lastIndexOf(':');
  return {host: target.slice(0, colon), port: Number(target.slice(colon + 1))};
}

async function readHost(read: (length: number) => Promise<Buffer>, kind: number): Promise<string> {
  if (kind === 1) return (await read(4)).join('.');
  if (kind === 3) return (await read((await read(1))[0] ?? 0)).toString();
  const hex = (await read(16)).toString('hex');
  // The URL parser knows how to shorten an IPv6 address.
  return new URL(`http://[${hex.match(/.{4}/g)?.join(':')}]`).hostname.slice(1, -1);
}

// Reads so many bytes as are asked for, and leaves the rest for the tunnel.
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return async (length) => {
    for (;;) {
      const bytes = length === 0 ? Buffer.alloc(0) : (socket.read(length) as Buffer | null);
      if (bytes?.length === length) return bytes;
      if (socket.readableEnded || bytes) throw new Error('the client went away');
      await new Promise((resolve) => socket.once('readable', resolve).once('end', resolve));
    }
  };
}
