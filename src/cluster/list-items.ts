import type {IncomingMessage} from 'node:http';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Connection} from './connection/connection.ts';
import {answer, CutOff, type JsonOptions, retrying} from './connection/request.ts';
import {jsonListReader} from './json-list.ts';
import {listBounds} from './list-bounds.ts';
import {MalformedList} from './protobuf-list.ts';

/** What a list of small objects may hold: metadata of every Helm record, every HelmRelease. */
const bounds = {items: 100_000, bytes: 64 * 1024 * 1024};

/**
 * A list of the API server in JSON, of which only what `pick` takes of each item stays in memory; retried like every
 * read.
 *
 * @throws {HttpError} cluster, if the status is no success
 * @throws {UserError} cluster, if there is no answer, it is not a list, or it is longer than any list is
 */
export async function listItems<T>(
  connection: Connection,
  path: string,
  options: JsonOptions,
  pick: (item: unknown) => T,
): Promise<T[]> {
  return retrying(connection, async () => {
    const response = await answer(connection, path, options);
    const picked: T[] = [];
    const limit = listBounds(`The list ${clean(path, 120)} of ${connection.server}`, bounds);
    const reader = jsonListReader(
      (item) => {
        limit.item();
        picked.push(pick(item));
      },
      () => {},
    );
    try {
      for await (const chunk of response as IncomingMessage & AsyncIterable<Buffer>) {
        limit.json(chunk);
        reader.push(chunk);
      }
      reader.end();
    } catch (error) {
      response.destroy();
      throw readable(error, connection);
    }
    return picked;
  });
}

function readable(error: unknown, {server}: Connection): unknown {
  if (error instanceof UserError) return error;
  const what = error instanceof MalformedList ? clean(error.message) : 'the answer was cut off';
  return new CutOff(
    new UserError('cluster', `A list from ${server} can't be read: ${what}.`, {
      suggestions: ['Try again; a login page or a proxy on the way can be the cause.'],
    }),
    error,
  );
}
