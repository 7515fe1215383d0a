import {clean} from '../../foreign.ts';
import type {Connection} from './connection.ts';

/** The cluster as every question names it, so that a person who points at the wrong one sees it. */
export function named({context, server, user}: Pick<Connection, 'context' | 'server' | 'user'>): string {
  return `context ${clean(context)}, server ${clean(server)}, user ${clean(user)}`;
}
