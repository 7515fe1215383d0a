import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Stored} from '../../src/cluster/stored-id.ts';
import {UserError} from '../../src/errors.ts';
import {clusterID, givenID} from '../../src/operations/cluster-id.ts';
import {bareSurroundings, failure, temporaryFolder, withScripted} from '../cluster/connection/connecting.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => `${digit.repeat(8)}-1b7a-4a57-8a55-0123456789ab`) as [
  string,
  string,
  string,
];

function around({variable, file}: {variable?: string | undefined; file?: string | undefined}) {
  const surroundings = bareSurroundings(variable ? {SELDON_USAGE_CLUSTER_ID: variable} : {});
  if (file) {
    mkdirSync(join(surroundings.home, '.config/seldon-usage'), {recursive: true});
    writeFileSync(join(surroundings.home, '.config/seldon-usage/config.yaml'), `cluster-id: ${file}\n`);
  }
  return surroundings;
}

const given: [flag: string | undefined, variable: string | undefined, file: string | undefined, expected: unknown][] = [
  [a, b, c, {value: a, origin: {from: 'flag'}}],
  [undefined, b, c, {value: b, origin: {from: 'variable'}}],
  [undefined, undefined, c, {value: c, origin: {from: 'file'}}],
  [undefined, undefined, undefined, undefined],
  [a.toUpperCase(), undefined, undefined, {value: a, origin: {from: 'flag'}}],
];
for (const [flag, variable, file, expected] of given) {
  test(`flag ${flag}, variable ${variable}, file ${file}`, () =>
    assert.equal(givenID(flag, around({variable, file})), expected));
}

for (const [flag, variable] of [
  ['acme-production', undefined],
  [undefined, 'acme-production'],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(flag ?? variable)} is refused, since it is not a UUID`, () =>
    assert.throws(() => givenID(flag, around({variable})), /is not a UUID; a name would identify its owner/));
}

const kubeSystem = {body: {metadata: {uid: 'f3b1a9d2-5c1e-4a57-9f0e-0123456789ab'}}};
const nothing: Stored = {
  unreadable: [],
  undetermined: [],
  refused: [],
  searched: true,
  places: [],
  present: [],
  uids: {},
};
const stored: Stored = {...nothing, namespace: 'models', clusterID: b};

test('given, else stored, else local', () =>
  withScripted({'/api/v1/namespaces/kube-system': kubeSystem}, async (connection) => {
    const stateDir = temporaryFolder();
    const whose = (flag?: string, from: Stored = nothing) =>
      clusterID(connection, from, {clusterID: flag, stateDir}, around({}));
    assert.equal(await whose(a, stored), {value: a, origin: {from: 'flag'}});
    assert.equal(await whose(undefined, stored), {value: b, origin: {from: 'cluster', namespace: 'models'}});
    const made = await whose();
    const path = join(stateDir, 'cluster-ids', kubeSystem.body.metadata.uid);
    assert.equal(made, {value: made.value, origin: {from: 'local', isNew: true, path}});
    assert.equal(await whose(), {value: made.value, origin: {from: 'local', isNew: false, path}});
  }));

test('an ID that can’t be used is an error only to who needs it', () =>
  withScripted({}, async (connection) => {
    const unusable: Stored = {...nothing, unusable: new UserError('input', 'The cluster has two IDs.')};
    const whose = (flag?: string) => clusterID(connection, unusable, {clusterID: flag}, around({}));
    assert.equal(await whose(a), {value: a, origin: {from: 'flag'}});
    assert.is(await failure(whose()), unusable.unusable);
  }));

test('a bad ID is refused before the cluster is asked', () =>
  withScripted({}, async (connection, {requests}) => {
    assert.is((await failure(clusterID(connection, stored, {clusterID: 'x'}, around({})))).code, 'usage');
    assert.is(requests.length, 0);
  }));

test.run();
