import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {ClusterSaysNo} from '../../src/consent/consent.ts';
import type {ClusterID} from '../../src/operations/cluster-id.ts';
import {alsoForbidden, byID, type Placed} from '../../src/operations/fleet.ts';
import type {Report} from '../../src/report/index.ts';

interface Read {
  id: ClusterID;
  nodes: string[];
}

const kept = (value: string): ClusterID => ({value, origin: {from: 'local', isNew: false, path: `/state/${value}`}});
const stored = (value: string): ClusterID => ({value, origin: {from: 'cluster', namespace: 'seldon-system'}});
const areOne = byID<Read>(
  ({id}) => id,
  ({nodes}) => ({nodes: nodes.map((id) => ({id}))}) as unknown as Report,
);
const at = (context: string, id: ClusterID, nodes: string[], ca = 'CA', server = 'https://1'): Placed<Read> => ({
  context,
  place: `${server}\n${ca}`,
  ca,
  result: {id, nodes},
});

const pairs: [what: string, one: Placed<Read>, other: Placed<Read>, expected: boolean | undefined][] = [
  ['two kept IDs, a node in common', at('a', kept('1'), ['n']), at('b', kept('2'), ['n', 'm']), true],
  ['two kept IDs, no node in common', at('a', kept('1'), ['n']), at('b', kept('2'), ['m']), false],
  ['two kept IDs, another CA', at('a', kept('1'), ['n']), at('b', kept('2'), ['n'], 'CB'), false],
  ['two kept IDs, no CA', at('a', kept('1'), ['n'], ''), at('b', kept('2'), ['n'], ''), false],
  ['one kept, one stored', at('a', kept('1'), ['n']), at('b', stored('2'), ['n'], 'CA', 'https://2'), true],
  ['one kept, one stored, no nodes', at('a', kept('1'), []), at('b', stored('2'), []), undefined],
  ['two stored IDs, whatever the nodes', at('a', stored('1'), ['n']), at('b', stored('2'), ['n']), false],
  ['one stored ID', at('a', stored('1'), ['n']), at('b', stored('1'), ['n'], 'CB'), true],
];
for (const [what, one, other, expected] of pairs)
  test(`of one cluster: ${what}`, () => {
    assert.is(areOne(one, other), expected);
    assert.is(areOne(other, one), expected);
  });

test('a no counts for a context that reads less, and has kept another ID for it', () => {
  const no = new ClusterSaysNo('consent', 'no');
  const members = [{...at('a', kept('1'), ['n']), error: no}, at('b', kept('2'), ['n']), at('c', kept('3'), ['m'])];
  assert.equal(
    alsoForbidden(members, areOne).map(({context, error}) => [context, error]),
    [
      ['a', no],
      ['b', no],
      ['c', undefined],
    ],
  );
});

test.run();
