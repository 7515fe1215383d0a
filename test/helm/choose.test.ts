import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {chooseRelease} from '../../src/helm/choose.ts';
import {isDeployed} from '../../src/helm/preflight.ts';
import {unsettled} from '../../src/helm/refusals.ts';
import type {FoundRelease, FoundReleases} from '../../src/helm/releases.ts';
import type {UserCommands} from '../../src/helm/user-commands.ts';

function release(place: string, statuses: {status?: string; label?: string} = {}): FoundRelease {
  const {status = 'deployed', label = status} = statuses;
  const [namespace = '', name = ''] = place.split('/');
  const chart = {metadata: {name: 'seldon-core-operator', version: '1.18.2'}, lock: null};
  return {
    ...{name, namespace, driver: 'secret', size: 1, unpacked: 1, stored: {metadata: {}}},
    revisions: [{version: 3, status: label, labels: {}, managers: [], created: ''}],
    record: {
      ...{name, namespace, version: 3, manifest: '', info: {status}},
      chart: {...chart, templates: null, files: null, values: null, schema: null},
    },
  };
}
const found = (...places: string[]): FoundReleases => ({
  releases: places.map((place) => release(place)),
  ...{unreadable: [], damaged: [], searched: []},
});

function thrown(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('of several none is preferred, and one whose operator does not run is pointed out', () => {
  const error = thrown(() =>
    chooseRelease(
      found('a/core', 'b/core'),
      {},
      [],
      ['Deployment a/seldon-controller-manager has no replicas', undefined],
    ),
  );
  assert.match(error.message, /2 releases of Seldon Core: a\/core \(.*\), b\/core \(/);
  assert.equal(error.suggestions, [
    'Choose one:',
    '--namespace a --release core (its operator does not run: Deployment a/seldon-controller-manager has no replicas)',
    '--namespace b --release core',
  ]);
});

test('a damaged record is said where no release is found, and is in nobody’s way where one is', () => {
  const damaged = [new UserError('input', 'damaged')];
  assert.is(thrown(() => chooseRelease({...found(), damaged}, {}, [])).message, 'damaged');
  assert.is(chooseRelease({...found('a/core'), damaged}, {}, []).name, 'core');
});

const commands: UserCommands = {history: () => 'helm history', rollback: (revision) => `helm rollback ${revision}`};
const statesOf: [name: string, statuses: {status: string; label?: string}, says: RegExp][] = [
  ['pending', {status: 'pending-upgrade'}, /3, is pending-upgrade:[\s\S]*Another Helm may be at work/],
  ['failed', {status: 'failed'}, /3, is failed:[\s\S]*helm rollback 1/],
  ['deployed by its label only', {status: 'failed', label: 'deployed'}, /is failed \(its label says deployed\)/],
  [
    'pending by its record',
    {status: 'pending-upgrade', label: 'deployed'},
    /pending-upgrade \(its label says deployed\)/,
  ],
  [
    'deployed by its record only',
    {status: 'deployed', label: 'failed'},
    /is deployed \(its label says failed\)[\s\S]*kubectl label secret sh\.helm\.release\.v1\.core\.v3 status=deployed --overwrite --namespace a/,
  ],
  ['without a label', {status: 'deployed', label: 'unknown'}, /its label says unknown/],
];
for (const [name, statuses, says] of statesOf)
  test(`not settled: ${name}`, () => {
    const one = release('a/core', statuses);
    assert.is(isDeployed(one), false);
    const {message, suggestions} = unsettled(one, commands, 1, 0);
    assert.match([message, ...suggestions].join('\n'), says);
    assert.not.match(suggestions.join('\n'), /rollback 3/);
  });
test('settled', () => assert.is(isDeployed(release('a/core')), true));

test.run();
