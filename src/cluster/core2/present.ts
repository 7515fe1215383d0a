import type {Connection} from '../connection/connection.ts';
import {findJson, HttpError} from '../connection/request.ts';

/** The API group of Seldon Core 2. */
export const core2Group = 'mlops.seldon.io';

const asked = new WeakMap<Connection, Promise<boolean>>();

/**
 * Whether the cluster has the API of Seldon Core 2, or may have it: the one request that a cluster without it is asked, and
 * once a connection.
 *
 * @throws {UserError} cluster, if the server does not answer
 */
export function mayHaveCore2(connection: Connection): Promise<boolean> {
  const known = asked.get(connection);
  if (known) return known;
  const answer = look(connection);
  asked.set(connection, answer);
  answer.catch(() => asked.delete(connection));
  return answer;
}

async function look(connection: Connection): Promise<boolean> {
  try {
    return (await findJson<unknown>(connection, `/apis/${core2Group}`)) !== undefined;
  } catch (error) {
    // Who may not read discovery may still be allowed to list.
    if (error instanceof HttpError && error.status === 403) return true;
    throw error;
  }
}
