import type {Connections} from '../cluster/connection/connect.ts';
import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import type {Surroundings} from '../settings.ts';

/** What connects, loaded where a cluster is spoken to: Node's HTTP and TLS are a third of the start of `show FILE`. */
const connecting = () => import('../cluster/connection/connect.ts');

/**
 * Runs `work` with a connection that ends with it.
 *
 * @throws {UserError} usage, if there is no usable configuration
 */
export async function withConnection<T>(
  options: ConnectionOptions,
  around: Surroundings,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withConnections(around, async ({to}) => work(await to(options)));
}

/** Runs `work` with the connections that it needs, which end with it. */
export async function withConnections<T>(
  around: Surroundings,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  let open: Connections | undefined;
  const opened = async () => (open ??= (await connecting()).connections(around));
  try {
    return await work({
      to: async (options) => (await opened()).to(options),
      close: () => open?.close(),
    });
  } finally {
    open?.close();
  }
}
