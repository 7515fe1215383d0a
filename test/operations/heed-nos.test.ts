import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {vetoPlaces} from '../../src/cluster/stored-id.ts';
import {type Absent, alongWith, heedNos} from '../../src/operations/heed-nos.ts';
import {nodes} from './traits.ts';
import {type Maps, member, numbers, type View} from './views.ts';

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
    'a ConfigMap that was made between two looks shows no other cluster',
    {
      a: {maps: {ops: 'u!', 'kube-system': 'k'}, finds: ['ops'], traits: one},
      b: {maps: {}, refused: ['ops'], traits: one},
    },
    {a: /ops says/, b: /context a forbids reporting, and it can't be seen whether this is another one/},
  ],
  [
    'nor does one that was made anew, a node in common',
    {
      a: {maps: {ops: 'u!', 'kube-system': 'k'}, finds: ['ops'], nodes: nodes('n')},
      b: {maps: {'kube-system': 'l'}, refused: ['ops'], nodes: nodes('n')},
    },
    {a: /ops says/, b: /can't be seen whether this is another one/},
  ],
  [
    'a no that was made anew between two looks, by the CA perhaps the same',
    {a: {maps: {ops: 'u!'}, finds: ['ops'], traits: {ca: 'C'}}, b: {maps: {ops: 'v!'}, traits: {ca: 'C'}}},
    {a: /ops says .* u\./, b: /ops says .* v\./},
  ],
  [
    'a no of a copy, or of who copies UIDs, of whoever sees his own without one',
    {
      a: {maps: {ops: 'u!', 'kube-system': 'k!'}, finds: ['ops']},
      b: {maps: {ops: 'u', 'kube-system': 'k'}, finds: ['ops']},
      c: {maps: {ops: 'u', 'kube-system': 'k'}},
    },
    {a: /says reporting: never/},
  ],
  [
    'nor by another that may not look',
    {
      a: {maps: {ops: 'u!', 'kube-system': 'k'}, finds: ['ops']},
      b: {maps: {'kube-system': 'k'}, refused: ['ops']},
      c: {maps: {ops: 'v', 'kube-system': 'k'}},
    },
    {a: /ops says/, b: /ops says/},
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

test('in worlds made by chance a no holds up all contexts of its cluster, and none of another that can be told apart', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = numbers(seed);
    const chance = (share: number) => next() < share;
    const pick = <T>(...those: T[]) => those[Math.floor(next() * those.length)]!;
    const clusters = Array.from({length: 3}, (_, i) => {
      const map = (place: string) => ({[place]: `${place}-${i}${chance(0.2) ? '!' : ''}`});
      return {
        maps: Object.assign({}, ...['ops', 'models', 'kube-system'].filter(() => chance(0.5)).map(map)) as Maps,
        ca: pick('CA', `CA ${i}`),
        nodes: nodes(`node-${i}`),
      };
    });
    const views = Array.from({length: 5}, (_, i) => {
      const at = Math.floor(next() * clusters.length);
      const {maps, ca, nodes} = clusters[at]!;
      const view: View = {
        ...{maps, nodes: chance(0.5) ? nodes : undefined},
        finds: ['ops', 'models'].filter((place) => maps[place] !== undefined && chance(0.5)),
        refused: ['ops', 'models'].filter(() => chance(0.3)),
        traits: {ca, place: `https://${pick(`cluster-${at}`, `context-${i}`)}\n`},
      };
      return {name: `context-${i}`, at, view};
    });
    const members = await Promise.all(views.map(({name, view}) => member(name, view)));
    const sayers = views.filter((_, i) => members[i]!.error !== undefined);
    for (const [i, {error}] of (await heedNos(members)).entries()) {
      const {at, view, name} = views[i]!;
      const what = `world ${seed}, ${name}`;
      if (sayers.some((one) => one.at === at)) assert.ok(error, `${what} goes on`);
      else if (error) {
        const mayBe = sayers.some((one) => one.view.traits?.ca === view.traits?.ca && view.refused!.length > 0);
        const own = Object.values(view.maps).some((uid) => uid.endsWith('!'));
        assert.ok(mayBe || own, `${what} is held up`);
      }
    }
  }
});

test.run();
