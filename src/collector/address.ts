import {createServer, isIP} from 'node:net';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {isLoopbackAddress} from '../host/loopback.ts';

/** Where a listener listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * The address of `host:port`, `[::1]:port` or `:port` (every address of the machine).
 *
 * @throws {UserError} usage, if it is none
 */
export function parseAddress(text: string, flag: string): Address {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535 || (bracketed && isIP(bracketed) !== 6)) {
    throw new UserError('usage', `${flag} ${JSON.stringify(clean(text, 80))} is not an address.`, {
      suggestions: ['Write HOST:PORT, [IPv6]:PORT, or :PORT for every address of the machine.'],
    });
  }
  return {host: bracketed ?? (plain || '::'), port: Number(port)};
}

/** Whether only programs of this machine can reach the address. */
export function isLoopback({host}: Address): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

/** Whether it stands for every address of the machine. */
export function isEveryAddress({host}: Address): boolean {
  return host === '0.0.0.0' || (isIP(host) === 6 && /^[0:]+$/.test(host));
}

/** The address under which other machines may reach it: the machine's name in the place of every address. */
export function reachable(address: Address, machine: string): Address {
  return isEveryAddress(address) ? {host: machine, port: address.port} : address;
}

/** The address as it stands in a URL. */
export function hostAndPort({host, port}: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Looks whether an address is free. Threads that share a port would also share it with another program of the same user,
 * unnoticed.
 *
 * @throws {UserError} usage, if it can't be listened on
 */
export async function requireFree(address: Address): Promise<void> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(address, listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    throw listenError(error, address);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The error of listening as one that the user can mend. */
export function listenError(error: unknown, address: Address): UserError {
  const code = systemCode(error);
  const what = code === 'EADDRINUSE' ? 'it is in use' : code === 'EACCES' ? 'it is not allowed' : (code ?? 'unknown');
  return new UserError('usage', `${clean(hostAndPort(address))} can't be listened on: ${what}.`, {
    suggestions: ['--listen and --admin-listen take another address; port 0 takes a free one.'],
    cause: error,
  });
}
