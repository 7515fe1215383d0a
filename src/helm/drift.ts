import type {Connection} from '../cluster/connection/connection.ts';
import {answer, getJson, HttpError} from '../cluster/connection/request.ts';
import type {Observed} from './kept.ts';
import {content, differences, type LiveObject, type Located, nameOf} from './objects.ts';

/** A live object that is not what the last revision says. */
export interface Drift {
  readonly object: string;
  /** Fields that Helm would reset or stumble over, without their values. */
  readonly fields: readonly string[];
}

/** Requests at the same time. */
const atOnce = 8;

/**
 * Compares the live objects with the documents: the server is asked what applying each would change, without doing it.
 *
 * @throws {UserError} cluster
 */
export async function findDrift(connection: Connection, observed: readonly Observed[]): Promise<Drift[]> {
  const queue = [...observed];
  const drift: Drift[] = [];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const {live} = next;
      const applied = await apply(connection, next);
      const fields = live
        ? typeof applied === 'string'
          ? [`not to be compared: ${applied}`]
          : differences(content(live), content(applied))
        : ['missing'];
      if (fields.length > 0) drift.push({object: nameOf(next.document, next.namespace), fields});
    }
  };
  await Promise.all(Array.from({length: atOnce}, work));
  return drift.sort((a, b) => (a.object < b.object ? -1 : 1));
}

/** The object as it would be if the document were applied by force; the server's refusal as text. */
async function apply(connection: Connection, {path, document}: Located): Promise<LiveObject | string> {
  try {
    return await getJson<LiveObject>(connection, `${path}?dryRun=All&fieldManager=seldon-usage-comparison&force=true`, {
      method: 'PATCH',
      headers: {'Content-Type': 'application/apply-patch+yaml'},
      body: document.text,
    });
  } catch (error) {
    if (error instanceof HttpError && error.status < 500) return error.message;
    throw error;
  }
}

/**
 * Asks the server whether it would create a document, admission policies included, without doing it.
 *
 * @returns `exists` if an object of the name is there already
 * @throws {UserError} cluster, with the server's reason
 */
export async function tryCreate(connection: Connection, one: Located): Promise<'possible' | 'exists'> {
  const path = one.path.slice(0, one.path.lastIndexOf('/'));
  return attempt(connection, `${path}?dryRun=All&fieldManager=seldon-usage-comparison`, 'POST', one);
}

/** As `tryCreate`, for removing it; an object that is not there can be removed. */
export async function tryDelete(connection: Connection, one: Located): Promise<void> {
  await attempt(connection, `${one.path}?dryRun=All`, 'DELETE', one);
}

async function attempt(
  connection: Connection,
  path: string,
  method: 'POST' | 'DELETE',
  {document}: Located,
): Promise<'possible' | 'exists'> {
  try {
    const response = await answer(connection, path, {
      method,
      ...(method === 'POST' ? {headers: {'Content-Type': 'application/yaml'}, body: document.text} : {}),
    });
    response.resume();
    return 'possible';
  } catch (error) {
    if (error instanceof HttpError && error.status === 409 && method === 'POST') return 'exists';
    if (error instanceof HttpError && error.status === 404 && method === 'DELETE') return 'possible';
    throw error;
  }
}
