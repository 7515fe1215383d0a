import type {IncomingMessage} from 'node:http';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Connection} from '../connection/connection.ts';
import {answer, CutOff, HttpError, retrying} from '../connection/request.ts';
import {jsonListReader} from '../json-list.ts';
import {type ListBounds, listBounds} from '../list-bounds.ts';
import {MalformedList} from '../protobuf-list.ts';

/** Items a page, and most pages: a list of more is no list of what is looked for here. */
const limit = 250;
const mostPages = 400;
const mebibyte = 1024 * 1024;

/**
 * What `pick` takes of each item of a list, page by page and item by item, so that of large objects only one is in memory;
 * undefined where the right is missing. A kind that the cluster does not have is an empty list.
 *
 * @param path without a query, or with one
 * @param mostMebibytes of all pages together; pods of a namespace can be many, and large
 * @throws {UserError} cluster, if the server does not answer, or the list has no end
 */
export async function pickPages<T>(
  connection: Connection,
  path: string,
  pick: (item: unknown) => T | undefined,
  mostMebibytes = 512,
): Promise<T[] | undefined> {
  const picked: T[] = [];
  const what = `The list ${clean(path, 120)} of ${connection.server}`;
  const bounded = listBounds(what, {items: limit * mostPages, bytes: mostMebibytes * mebibyte});
  let next = '';
  try {
    for (let page = 0; page < mostPages; page++) {
      const token = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
      const query = `${path.includes('?') ? '&' : '?'}limit=${limit}${token}`;
      const {items, more} = await retrying(connection, () => readPage(connection, `${path}${query}`, pick, bounded));
      for (const one of items) picked.push(one);
      next = more;
      if (next === '') return picked;
    }
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return picked;
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
  throw new UserError('cluster', `${what} has no end.`, {
    suggestions: ['This is not an answer of a Kubernetes API server: check the server in the kubeconfig.'],
  });
}

async function readPage<T>(
  connection: Connection,
  path: string,
  pick: (item: unknown) => T | undefined,
  bounded: ListBounds,
): Promise<{items: T[]; more: string}> {
  const response = (await answer(connection, path)) as IncomingMessage & AsyncIterable<Buffer>;
  const items: T[] = [];
  let more = '';
  const reader = jsonListReader(
    (item) => {
      const one = pick(item);
      bounded.item(one === undefined ? 0 : JSON.stringify(one).length);
      if (one !== undefined) items.push(one);
    },
    ({metadata}) => {
      const token = (metadata as {continue?: unknown} | null | undefined)?.continue;
      more = typeof token === 'string' ? token : '';
    },
  );
  try {
    for await (const chunk of response) {
      bounded.json(chunk);
      reader.push(chunk);
    }
    reader.end();
  } catch (error) {
    response.destroy();
    if (error instanceof UserError) throw error;
    const why = error instanceof MalformedList ? clean(error.message) : 'the answer was cut off';
    throw new CutOff(
      new UserError('cluster', `A list from ${connection.server} can't be read: ${why}.`, {
        suggestions: ['Try again; a login page or a proxy on the way can be the cause.'],
      }),
      error,
    );
  }
  return {items, more};
}
