import type {IncomingMessage} from 'node:http';
import {Readable} from 'node:stream';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {readPlaces, vetoPlaces} from '../../src/cluster/stored-id.ts';
import {requireNoVeto} from '../../src/consent/consent.ts';
import type {Placed} from '../../src/operations/fleet.ts';
import {type Absent, alongWith, heedNos} from '../../src/operations/heed-nos.ts';
import type {Traits} from '../../src/operations/one-cluster.ts';
import {wordOf} from '../../src/operations/word.ts';
import {nodes, traits} from './traits.ts';

/** ConfigMaps of a cluster by namespace: the UID, with an exclamation mark where it says no. */
type Maps = Readonly<Record<string, string>>;

/** How a context sees a cluster. */
interface View {
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
async function member(context: string, view: View): Promise<Placed<string>> {
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

const one = {place: 'https://one\n'};
const cases: [what: string, views: Record<string, View>, forbidden: Record<string, RegExp>][] = [
  [
    'a no in a namespace where another does not look, whatever else they have in common',
    {a: {maps: {ops: 'u!'}, finds: ['ops']}, b: {maps: {ops: 'u!'}}},
    {a: /ops says .* u\./, b: /ops says .* u\./},
  ],
  ['a no of another cluster', {a: {maps: {ops: 'u!'}, finds: ['ops']}, b: {maps: {}}}, {a: /ops says/}],
  [
    'a no of another cluster of the same CA',
    {a: {maps: {ops: 'u!'}, finds: ['ops'], traits: {ca: 'C'}}, b: {maps: {}, traits: {ca: 'C'}}},
    {a: /ops says/},
  ],
  [
    'a key that in this cluster is no word of an operator',
    {a: {maps: {ops: 'u!'}, finds: ['ops']}, b: {maps: {ops: 'v!'}}},
    {a: /ops says .* u\./},
  ],
  [
    'where it may not look, a node in common tells',
    {
      a: {maps: {ops: 'u!'}, finds: ['ops'], nodes: nodes('n')},
      b: {maps: {ops: 'u!'}, refused: ['ops'], nodes: nodes('n')},
    },
    {a: /ops says/, b: /ops says/},
  ],
  [
    'where it may not look, a ConfigMap in common tells',
    {
      a: {maps: {ops: 'u!', 'kube-system': 'k'}, finds: ['ops']},
      b: {maps: {ops: 'u!', 'kube-system': 'k'}, refused: ['ops']},
    },
    {a: /ops says/, b: /ops says/},
  ],
  [
    'where it may not look, and the CA is the same, it is not known',
    {
      a: {maps: {ops: 'u!'}, finds: ['ops'], traits: {ca: 'C'}},
      b: {maps: {}, refused: ['ops'], traits: {ca: 'C'}},
    },
    {a: /ops says/, b: /context a forbids reporting, and it can't be seen whether this is another one/},
  ],
  [
    'where it may not look, another ConfigMap tells',
    {
      a: {maps: {ops: 'u!', 'kube-system': 'k'}, finds: ['ops'], traits: {ca: 'C'}},
      b: {maps: {ops: 'v', 'kube-system': 'l'}, refused: ['ops'], traits: {ca: 'C'}},
    },
    {a: /ops says/},
  ],
  [
    'where it may not look, and nothing is the same',
    {a: {maps: {ops: 'u!'}, finds: ['ops']}, b: {maps: {}, refused: ['ops']}},
    {a: /ops says/},
  ],
  [
    'one that finds the operator and may not see the no, and one that could',
    {
      a: {maps: {ops: 'u!'}, finds: ['ops'], refused: ['ops'], traits: one},
      b: {maps: {ops: 'u!'}, traits: one},
    },
    {a: /ops says/, b: /ops says/},
  ],
  [
    'from one to the next',
    {
      a: {maps: {ops: 'u!'}, finds: ['ops']},
      b: {maps: {ops: 'u!'}, traits: one},
      c: {maps: {ops: 'u!'}, refused: ['ops'], traits: one},
    },
    {a: /ops says/, b: /ops says/, c: /ops says/},
  ],
  [
    'who can’t see whether there is a no holds up nobody',
    {a: {maps: {}, refused: ['kube-system'], traits: one}, b: {maps: {}, traits: one}},
    {a: /can't be seen whether the cluster forbids/},
  ],
  [
    'and is told the no that another sees',
    {
      a: {maps: {'kube-system': 'k!'}, refused: ['kube-system'], traits: one},
      b: {maps: {'kube-system': 'k!'}, traits: one},
    },
    {a: /kube-system says/, b: /kube-system says/},
  ],
];
for (const [what, views, expected] of cases)
  for (const order of [(names: string[]) => names, (names: string[]) => names.toReversed()])
    test(`${what}: ${order(Object.keys(views))}`, async () => {
      const members = await Promise.all(order(Object.keys(views)).map((name) => member(name, views[name]!)));
      const heeded = await heedNos(members);
      assert.equal(
        heeded.filter(({error}) => error !== undefined).map(({context}) => context),
        order(Object.keys(expected)),
      );
      for (const {context, error} of heeded) if (error) assert.match(String(error), expected[context]!);
    });

/** What a context heard in an earlier round. */
async function past(context: string, view: View): Promise<Absent[]> {
  const {traits, error} = await member(context, view);
  return [{context, traits: traits!, error}];
}
const before: View = {maps: {ops: 'u!', 'kube-system': 'k'}, finds: ['ops'], traits: one};
const rounds: [what: string, now: View, forbidden: boolean][] = [
  ['and stands', {maps: {ops: 'u!', 'kube-system': 'k'}}, true],
  ['and is gone', {maps: {ops: 'u', 'kube-system': 'k'}, traits: one}, false],
  ['with its ConfigMap', {maps: {'kube-system': 'k'}, traits: one}, false],
  ['and stands, the ConfigMaps made anew', {maps: {ops: 'v!', 'kube-system': 'l'}, traits: one}, true],
  [
    'and can’t be seen, another ConfigMap made anew',
    {maps: {ops: 'u!', 'kube-system': 'l'}, refused: ['ops'], traits: one},
    true,
  ],
  ['in another cluster, which says it of its own', {maps: {ops: 'v!', 'kube-system': 'l'}}, false],
  ['and stands, its ConfigMap made anew', {maps: {ops: 'v!', 'kube-system': 'k'}, traits: one}, true],
  ['and can’t be seen', {maps: {ops: 'u', 'kube-system': 'k'}, refused: ['ops'], traits: one}, true],
  ['where it looks itself, and is gone', {maps: {ops: 'u', 'kube-system': 'k'}, finds: ['ops'], traits: one}, false],
];
for (const [what, now, forbidden] of rounds)
  test(`a no that another has seen before ${what}: ${forbidden ? 'forbids' : 'permits'}`, async () => {
    const [heeded] = await heedNos([await member('b', now)], await past('a', before));
    assert.is(heeded!.error !== undefined, forbidden);
    assert.is(heeded!.forbiddenBy, forbidden ? 'a' : undefined);
  });

test('where another has looked before is looked, too', async () => {
  const heard = await past('a', {...before, maps: {'kube-system': 'k'}});
  const [heeded] = await heedNos([await member('b', {maps: {ops: 'u!', 'kube-system': 'k'}})], heard);
  assert.match(String(heeded!.error), /namespace ops says/);
});

test('before a report leaves it is looked again by all of its cluster, and where they look', async () => {
  const members = await Promise.all([
    member('a', {maps: {}, traits: one}),
    member('b', {maps: {}, finds: ['ops'], traits: one}),
    member('c', {maps: {}}),
  ]);
  assert.equal(
    alongWith(members[0]!, members).map(({how: {context}, places}) => [context, places]),
    [
      ['b', ['ops', ...vetoPlaces]],
      ['a', ['ops']],
    ],
  );
  assert.equal(alongWith(members[2]!, members), []);
});

test.run();
