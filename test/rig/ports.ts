// Ports of this machine.
import {type AddressInfo, createServer} from 'node:net';

/** A port on which nothing listens: to start a server on, or to be refused by. */
export function freePort(address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const {port} = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
