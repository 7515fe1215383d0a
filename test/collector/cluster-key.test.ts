import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clusterKey} from '../../src/collector/cluster-key.ts';

const one = '846db7e9-c861-43d7-8d08-31578af59878';
const spellings = [
  one,
  one.toUpperCase(),
  '846db7e9-C861-43d7-8D08-31578af59878',
  one.replaceAll('-', ''),
  `{${one}}`,
  `{${one.toUpperCase()}}`,
  `urn:uuid:${one}`,
  `URN:UUID:${one.toUpperCase()}`,
  ` ${one}\n`,
  `\u00a0${one}`,
];
for (const spelling of spellings) {
  test(`${JSON.stringify(spelling)} is the cluster ${one}`, () => assert.is(clusterKey(spelling), one));
}

// What is not a UUID is nobody's spelling of another ID.
const others = [
  'unknown_cluster',
  'Cluster-A',
  `${one}0`,
  `x${one}`,
  `{${one}`,
  `${one}}`,
  one.replace('-', ''),
  one.replace('8', 'g'),
  '846db-7e9c861-43d7-8d08-31578af59878',
  ' unknown_cluster',
];
for (const other of others) {
  test(`${JSON.stringify(other)} stays as it is`, () => assert.is(clusterKey(other), other));
}

for (const id of ['a\u0000b', 'Zürich', '\ud800', '']) {
  test(`${JSON.stringify(id)} is stored by its hash`, () => assert.match(clusterKey(id), /^sha256:[0-9a-f]{64}$/));
}

test.run();
