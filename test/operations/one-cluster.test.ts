import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {areOne, mayBeOne, type Traits} from '../../src/operations/one-cluster.ts';
import {kept, nodes, noNodes, said, stored, traits} from './traits.ts';

const near = 'https://1\n';
const cases: [what: string, one: Traits, other: Traits, counted: boolean, heeded: boolean | undefined][] = [
  ['two kept IDs, a node in common', traits(kept('1'), nodes('n')), traits(kept('2'), nodes('n', 'm')), true, true],
  ['two kept IDs, no node in common', traits(kept('1'), nodes('n')), traits(kept('2'), nodes('m')), false, false],
  ['two kept IDs, another CA', traits(kept('1'), nodes('n')), traits(kept('2'), nodes('n'), {ca: 'CB'}), false, true],
  [
    'two kept IDs, no CA',
    traits(kept('1'), nodes('n'), {ca: ''}),
    traits(kept('2'), nodes('n'), {ca: ''}),
    false,
    true,
  ],
  ['two kept IDs, no nodes', traits(kept('1'), noNodes), traits(kept('2'), noNodes), false, undefined],
  ['one kept, one stored', traits(kept('1'), nodes('n')), traits(stored('2'), nodes('n')), true, true],
  ['one kept, one stored, no nodes', traits(kept('1'), noNodes), traits(stored('2'), noNodes), false, undefined],
  ['two stored IDs, a node in common', traits(stored('1'), nodes('n')), traits(stored('2'), nodes('n')), false, true],
  ['one stored ID', traits(stored('1'), nodes('n')), traits(stored('1'), nodes('n'), {ca: 'CB'}), true, true],
  ['one stored ID, no node in common', traits(stored('1'), nodes('n')), traits(stored('1'), nodes('m')), false, false],
  ['one stored ID, no nodes', traits(stored('1'), noNodes), traits(stored('1'), noNodes, {ca: 'CB'}), false, true],
  [
    'one stored ID of one place',
    traits(stored('1'), noNodes, {place: near}),
    traits(stored('1'), noNodes, {place: near}),
    true,
    true,
  ],
  [
    'one place, whichever CA',
    traits(undefined, noNodes, {place: near}),
    traits(undefined, noNodes, {place: near, ca: ''}),
    true,
    true,
  ],
  [
    'one place, no node in common',
    traits(undefined, nodes('n'), {place: near}),
    traits(undefined, nodes('m'), {place: near}),
    false,
    false,
  ],
  [
    'one server by another way',
    traits(undefined, noNodes, {place: near, ca: ''}),
    traits(undefined, noNodes, {place: `${near}by x`, ca: ''}),
    false,
    undefined,
  ],
  ['nothing in common', traits(undefined, noNodes), traits(undefined, noNodes, {ca: 'CB'}), false, false],
  [
    'one ConfigMap',
    traits(stored('1'), noNodes, said({a: 'u'})),
    traits(stored('1'), noNodes, said({a: 'u', b: 'v'})),
    true,
    true,
  ],
  [
    'one ConfigMap, by a server of another CA that may have copied its UID',
    traits(stored('1'), noNodes, said({a: 'u'})),
    traits(stored('1'), noNodes, {ca: 'CB', ...said({a: 'u', b: 'v'})}),
    false,
    true,
  ],
  [
    'one ConfigMap, another CA, a node in common',
    traits(stored('1'), nodes('n'), said({a: 'u'})),
    traits(stored('1'), nodes('n'), {ca: 'CB', ...said({a: 'u'})}),
    true,
    true,
  ],
  [
    'one ConfigMap, no CA on either side',
    traits(stored('1'), noNodes, {ca: '', ...said({a: 'u'})}),
    traits(stored('1'), noNodes, {ca: '', ...said({a: 'u'})}),
    false,
    true,
  ],
  [
    'one kept ID, by a server of another CA that may have copied the UID that it goes by',
    traits(kept('1'), noNodes),
    traits(kept('1'), noNodes, {ca: 'CB'}),
    false,
    true,
  ],
  ['one kept ID', traits(kept('1'), noNodes), traits(kept('1'), noNodes), true, true],
  [
    'a runtime and a ConfigMap that may be copies',
    traits(undefined, noNodes, {...said({a: 'u'}), subject: {uid: 'r', known: true}}),
    traits(undefined, noNodes, {ca: 'CB', ...said({a: 'u'}), subject: {uid: 'r', known: true}}),
    false,
    true,
  ],
  [
    'one ConfigMap, no node in common',
    traits(stored('1'), nodes('n'), said({a: 'u'})),
    traits(stored('1'), nodes('m'), said({a: 'u'})),
    false,
    false,
  ],
  [
    'a copy of the ConfigMap',
    traits(stored('1'), noNodes, said({a: 'u'})),
    traits(stored('1'), noNodes, said({a: 'v'})),
    false,
    false,
  ],
  [
    'a ConfigMap that the other has not',
    traits(kept('1'), noNodes, {place: near, ...said({a: 'u'})}),
    traits(kept('1'), noNodes, {place: near, ...said({a: undefined})}),
    false,
    undefined,
  ],
  [
    'a ConfigMap that was made anew, a node in common',
    traits(stored('1'), nodes('n'), said({a: 'u'})),
    traits(stored('1'), nodes('n'), said({a: 'v'})),
    false,
    undefined,
  ],
  [
    'a ConfigMap that the other does not look for',
    traits(kept('1'), noNodes, {place: near, ...said({a: 'u'})}),
    traits(kept('2'), noNodes, {place: near, ...said({})}),
    false,
    true,
  ],
  [
    'a ConfigMap that the other may not see',
    traits(undefined, noNodes, {place: near, ...said({a: 'u'})}),
    traits(undefined, noNodes, {place: near, ...said({}, ['a'])}),
    true,
    true,
  ],
  [
    'one release',
    traits(undefined, noNodes, {subject: {uid: 'r', known: false}}),
    traits(undefined, noNodes, {ca: '', subject: {uid: 'r', known: false}}),
    true,
    true,
  ],
  [
    'two releases of one place',
    traits(undefined, noNodes, {place: near, subject: {uid: 'r', known: false}}),
    traits(undefined, noNodes, {place: near, subject: {uid: 's', known: false}}),
    false,
    true,
  ],
  [
    'a runtime that may be a copy',
    traits(undefined, noNodes, {subject: {uid: 'r', known: true}}),
    traits(undefined, noNodes, {ca: 'CB', subject: {uid: 'r', known: true}}),
    false,
    true,
  ],
  [
    'one runtime',
    traits(undefined, noNodes, {subject: {uid: 'r', known: true}}),
    traits(undefined, noNodes, {subject: {uid: 'r', known: true}}),
    true,
    true,
  ],
];
for (const [what, one, other, counted, heeded] of cases)
  test(`${what}: ${counted ? 'counts once' : 'count both'}, a no of one ${heeded === undefined ? 'may be' : heeded ? 'is' : 'is not'} the other's`, () => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      assert.is(areOne(a, b), counted);
      assert.is(mayBeOne(a, b), heeded);
    }
  });

test.run();
