import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Connection} from './connection/connection.ts';
import {findJson, HttpError} from './connection/request.ts';

/**
 * Tells a namespace that there is not from one in which nothing was found. Who may not look is not told.
 *
 * @throws {UserError} usage, if the cluster has no such namespace
 */
export async function requireNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    if (await findJson(connection, `/api/v1/namespaces/${encodeURIComponent(namespace)}`)) return;
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return;
    throw error;
  }
  throw new UserError('usage', `The cluster has no namespace ${clean(namespace, 80)}.`, {
    suggestions: [`The context is ${clean(connection.context)}. Its namespaces: kubectl get namespaces`],
  });
}
