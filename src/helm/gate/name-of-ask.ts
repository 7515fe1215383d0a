import type {IncomingMessage} from 'node:http';
import type {Connection} from '../../cluster/connection/connection.ts';
import {findJson} from '../../cluster/connection/request.ts';
import {clean} from '../../foreign.ts';
import {type Ask, type Place, placeOf} from './ask.ts';

/** A request for people: `GET Secret kube-system/some-secret`. The path itself where it names no object. */
export async function nameOfAsk(
  connection: Connection,
  {method, url}: IncomingMessage,
  ask: Ask | undefined,
): Promise<string> {
  const place = ask && placeOf(ask.segments);
  if (!place) return clean(`${method} ${url?.replace(/\?.*$/s, '')}`, 200);
  const {namespace, rest} = place;
  const name = place.name ?? (method === 'POST' ? nameIn(ask) : undefined);
  const kind = await kindOf(connection, place);
  const object = [namespace, name].filter((part) => part !== undefined).join('/');
  const what = [kind, ...(object ? [object] : []), ...(name === undefined ? ['(all)'] : [])].join(' ');
  return clean([method, what, ...rest].join(' '), 300);
}

/** Name of the object that is to be made, if the body is JSON. */
function nameIn({body}: Ask): string | undefined {
  try {
    const {metadata} = JSON.parse(body.toString('utf8')) as {metadata?: {name?: unknown}};
    return typeof metadata?.name === 'string' ? metadata.name : undefined;
  } catch {
    return undefined;
  }
}

/** What people call the resource; its name in paths where the cluster does not say. */
async function kindOf(connection: Connection, {root, resource}: Place): Promise<string> {
  type List = {resources?: {name?: string; kind?: string}[]};
  const list = await findJson<List>(connection, root).catch(() => undefined);
  return list?.resources?.find(({name}) => name === resource)?.kind ?? resource;
}
