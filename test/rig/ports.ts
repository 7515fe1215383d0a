// Ports of this machine.
import {createServer, type ListenOptions} from 'node:net';

/** Below those that a system gives out by itself: who asks for any port gets none of these. */
const [first, last] = [15_000, 29_999];

/**
 * A port on which nothing listens: to start a server on, or to be refused by. It stays free for who asked: no program is given
 * it by chance, and no other test chooses it as long as this process lives.
 */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if (!(await isClaimed(port))) continue;
    const look = await listen({port, host: address});
    if (look) {
      await new Promise((resolve) => look.close(resolve));
      return port;
    }
  }
}

/** By a name that the kernel forgets with the process, however that ends. Where there are no such names, chance has to do. */
async function isClaimed(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const claim = await listen({path: `\0seldon-usage-port-${port}`});
  claim?.unref();
  return claim !== undefined;
}

/** Undefined if somebody else has it. */
function listen(where: ListenOptions) {
  return new Promise<ReturnType<typeof createServer> | undefined>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(where, () => resolve(server));
  });
}
