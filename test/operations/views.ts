// Contexts as `send` has read them, of clusters that are tables.
import type {IncomingMessage} from 'node:http';
import {Readable} from 'node:stream';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {readPlaces, vetoPlaces} from '../../src/cluster/stored-id.ts';
import {requireNoVeto} from '../../src/consent/consent.ts';
import type {Placed} from '../../src/operations/fleet.ts';
import type {Traits} from '../../src/operations/one-cluster.ts';
import {wordOf} from '../../src/operations/word.ts';
import {traits} from './traits.ts';

/** ConfigMaps of a cluster by namespace: the UID, with an exclamation mark where it says no. */
export type Maps = Readonly<Record<string, string>>;

/** How a context sees a cluster. */
export interface View {
  maps: Maps;
  /** Namespaces where it looks by itself, besides the two where everybody does. */
  finds?: string[];
  /** Namespaces where it may not look. */
  refused?: string[];
  traits?: Partial<Traits>;
  nodes?: ReadonlySet<string> | undefined;
}

function connectionTo({maps, refused = []}: View): Connection {
  return {
    ...{context: 'c', server: 'https://x', user: 'u', namespace: 'default', ca: '', way: ''},
    async request(path) {
      const place = path.split('/')[4]!;
      const uid = maps[place]?.replace('!', '');
      const data = maps[place]?.endsWith('!') ? {reporting: `never, says ${uid}`} : {};
      const [statusCode, body] = refused.includes(place)
        ? [403, {kind: 'Status', code: 403}]
        : uid === undefined
          ? [404, {kind: 'Status', code: 404}]
          : [200, {kind: 'ConfigMap', metadata: {uid}, data}];
      const answer = Readable.from([Buffer.from(JSON.stringify(body))]);
      return Object.assign(answer, {
        statusCode,
        headers: {'content-type': 'application/json'},
      }) as unknown as IncomingMessage;
    },
    close() {},
  };
}

/** A context after it was read, as `send` reads it. */
export async function member(context: string, view: View): Promise<Placed<string>> {
  const connection = connectionTo(view);
  const word = wordOf(await readPlaces(connection, [...(view.finds ?? []), ...vetoPlaces]));
  const known = {...traits(undefined, view.nodes, {ca: context, ...view.traits}), word};
  const reached = {connection, how: {context}};
  try {
    requireNoVeto(word);
    return {context, traits: known, reached, result: `of ${context}`};
  } catch (error) {
    return {context, traits: known, reached, error};
  }
}

/** Numbers from 0 to 1 that are the same in each run. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
