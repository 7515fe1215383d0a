import type {Socket} from 'node:net';
// The library itself rather than its agent, which writes the password to DEBUG output.
import {SocksClient} from 'socks';
import type {ForwardProxy} from './proxy.ts';

/**
 * A connection to a host through a SOCKS5 proxy. Errors carry the password among their fields: only their code and
 * message may be passed on.
 *
 * @param timeout milliseconds until the proxy has to have answered
 */
export async function throughSocks(proxy: ForwardProxy, host: string, port: number, timeout: number): Promise<Socket> {
  const {username, password} = proxy;
  const {socket} = await SocksClient.createConnection({
    proxy: {
      host: proxy.host,
      port: proxy.port,
      type: 5,
      ...(username || password ? {userId: username, password} : {}),
    },
    command: 'connect',
    destination: {host, port},
    timeout,
  });
  return socket;
}
