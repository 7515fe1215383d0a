import type {Connection} from './connection/connection.ts';
import {getJson} from './connection/request.ts';

/** `gitVersion` of the API server; empty if it does not tell. */
export async function readVersion(connection: Connection): Promise<string> {
  const {gitVersion} = await getJson<{gitVersion?: unknown}>(connection, '/version');
  return typeof gitVersion === 'string' ? gitVersion : '';
}
