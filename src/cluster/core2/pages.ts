import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Connection} from '../connection/connection.ts';
import {getJson, HttpError} from '../connection/request.ts';

/** Items a page, and most pages: a list of more is no list of what is looked for here. */
const limit = 250;
const mostPages = 400;

interface Page {
  readonly items?: unknown;
  readonly metadata?: {readonly continue?: unknown};
}

/**
 * What `pick` takes of each item of a list, page by page, so that of large objects only one page is in memory; undefined
 * where the right is missing. A kind that the cluster does not have is an empty list.
 *
 * @param path without a query, or with one
 * @throws {UserError} cluster, if the server does not answer, or the list has no end
 */
export async function pickPages<T>(
  connection: Connection,
  path: string,
  pick: (item: unknown) => T | undefined,
): Promise<T[] | undefined> {
  const picked: T[] = [];
  let next = '';
  try {
    for (let page = 0; page < mostPages; page++) {
      const token = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
      const query = `${path.includes('?') ? '&' : '?'}limit=${limit}${token}`;
      const {items, metadata} = await getJson<Page>(connection, `${path}${query}`);
      for (const item of Array.isArray(items) ? items : []) {
        const one = pick(item);
        if (one !== undefined) picked.push(one);
      }
      next = typeof metadata?.continue === 'string' ? metadata.continue : '';
      if (next === '') return picked;
    }
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return picked;
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
  throw new UserError('cluster', `The list ${clean(path, 120)} of ${connection.server} has no end.`, {
    suggestions: ['This is no answer of a Kubernetes API server: check the server in the kubeconfig.'],
  });
}
