import {execFile} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {forgetLocalID, localID} from '../../src/cluster/local-id.ts';
import {isUuid} from '../../src/host/uuid.ts';
import type {Canned} from '../rig/scripted.ts';
import {failure, kubeconfigOf, temporaryFolder, withScripted} from './connection/connecting.ts';

const uid = 'f3b1a9d2-5c1e-4a57-9f0e-0123456789ab';
const path = '/api/v1/namespaces/kube-system';
const kubeSystem: Canned = {body: {kind: 'Namespace', metadata: {name: 'kube-system', uid}}};
const forbidden: Canned = {status: 403, body: {kind: 'Status', code: 403, message: 'no'}};
const id = '0f9d2c4e-1b7a-4a57-8a55-0123456789ab';

test('an ID is made once and kept for its owner only, by the UID of kube-system', () =>
  withScripted({[path]: kubeSystem}, async (connection) => {
    const state = join(temporaryFolder(), 'state');
    const first = await localID(connection, state);
    const file = join(state, 'cluster-ids', uid);
    assert.equal(first, {value: first.value, path: file, isNew: true});
    assert.ok(isUuid(first.value));
    assert.equal(await localID(connection, state), {value: first.value, path: file, isNew: false});
    assert.is(readFileSync(file, 'utf8'), `${first.value}\n`);
    assert.is(statSync(file).mode & 0o777, 0o600);
    assert.is(statSync(join(state, 'cluster-ids')).mode & 0o777, 0o700);
    assert.equal(readdirSync(join(state, 'cluster-ids')), [uid]);
  }));

const keyed: [what: string, answer: Canned][] = [
  ['forbidden', forbidden],
  ['absent', {status: 404, body: {}}],
  ['without UID', {body: {metadata: {}}}],
  ['with a UID that is a path', {body: {metadata: {uid: '../../../etc/passwd'}}}],
];
for (const [what, answer] of keyed) {
  test(`where kube-system is ${what}, the key is a hash of server, CA and the way to it`, () =>
    withScripted({[path]: answer}, async (connection) => {
      const state = temporaryFolder();
      const first = await localID(connection, state);
      assert.match(readdirSync(join(state, 'cluster-ids')).join(), /^[0-9a-f]{64}$/);
      assert.is((await localID(connection, state)).value, first.value);
      const other = await localID({...connection, ca: 'another CA'}, state);
      assert.is.not(other.value, first.value);
      const elsewhere = await localID({...connection, way: 'by socks5://127.0.0.1:1080'}, state);
      assert.is.not(elsewhere.value, first.value);
    }));
}

test('another cluster at the same address has another ID', () =>
  withScripted({[path]: [kubeSystem, {body: {metadata: {uid: `${uid}0`}}}]}, async (connection) => {
    const state = temporaryFolder();
    assert.is.not((await localID(connection, state)).value, (await localID(connection, state)).value);
  }));

test('a server that does not answer is no reason to make an ID', () =>
  withScripted({[path]: {status: 500, body: 'down'}}, async (connection) => {
    const state = temporaryFolder();
    assert.match((await failure(localID(connection, state))).message, 'answered 500');
    assert.equal(readdirSync(state), []);
  }));

test('what is kept in capitals counts in small letters', () =>
  withScripted({[path]: kubeSystem}, async (connection) => {
    const state = temporaryFolder();
    mkdirSync(join(state, 'cluster-ids'));
    writeFileSync(join(state, 'cluster-ids', uid), `  ${id.toUpperCase()}\r\n`);
    assert.is((await localID(connection, state)).value, id);
  }));

test('what is kept and is not a UUID is an error that names the file', () =>
  withScripted({[path]: kubeSystem}, async (connection) => {
    const state = temporaryFolder();
    mkdirSync(join(state, 'cluster-ids'));
    writeFileSync(join(state, 'cluster-ids', uid), 'my-cluster');
    const error = await failure(localID(connection, state));
    assert.match(error.message, `The cluster ID kept in ${join(state, 'cluster-ids', uid)} is not a UUID: my-cluster`);
    assert.is(error.code, 'input');
  }));

// Of the root user, who may write everywhere, a file in the way is what stops it.
const unwritable: [what: string, prepare: (state: string) => void][] = [
  ['is a file', (state) => writeFileSync(state, '')],
  ['has a folder in the place of the ID', (state) => mkdirSync(join(state, 'cluster-ids', uid), {recursive: true})],
];
if (process.getuid?.() !== 0) unwritable.push(['is read-only', (state) => mkdirSync(state, {mode: 0o500})]);
for (const [what, prepare] of unwritable) {
  test(`where the state directory ${what}, an ID is made and said not to be kept`, () =>
    withScripted({[path]: kubeSystem}, async (connection) => {
      const state = join(temporaryFolder(), 'state');
      prepare(state);
      const made = await localID(connection, state);
      assert.equal(made, {value: made.value, isNew: true});
      assert.ok(isUuid(made.value));
    }));
}

test('what a crashed process left does not get in the way', () =>
  withScripted({[path]: kubeSystem}, async (connection) => {
    const state = temporaryFolder();
    mkdirSync(join(state, 'cluster-ids'));
    writeFileSync(join(state, 'cluster-ids', `${uid}.${process.pid}`), 'half');
    const {value} = await localID(connection, state);
    assert.is((await localID(connection, state)).value, value);
  }));

test('calls and processes at once make one ID', () =>
  withScripted({[path]: kubeSystem}, async (connection, server) => {
    const state = temporaryFolder();
    const kubeconfig = kubeconfigOf(server);
    const source = (name: string) => JSON.stringify(import.meta.resolve(`../../src/cluster/${name}.ts`));
    const program = `
      const {connect} = await import(${source('connection/connect')});
      const {localID} = await import(${source('local-id')});
      const connection = await connect({kubeconfig: process.argv[1]}, {env: {}, home: process.argv[2]});
      const ids = await Promise.all([1, 2, 3].map(() => localID(connection, process.argv[2])));
      for (const {value} of ids) console.log(value);
      connection.close();`;
    const args = ['--input-type=module', '-e', program, kubeconfig, state];
    const processes = Array.from({length: 3}, () => promisify(execFile)(process.execPath, args));
    const here = Promise.all([1, 2, 3].map(() => localID(connection, state)));
    const lines = (await Promise.all(processes)).flatMap(({stdout}) => stdout.trim().split('\n'));
    const values = [...lines, ...(await here).map(({value}) => value)];
    assert.is(values.length, 12);
    assert.is(new Set(values).size, 1);
    assert.equal(readdirSync(join(state, 'cluster-ids')), [uid]);
  }));

test('a forgotten ID is made anew', () =>
  withScripted({[path]: kubeSystem}, async (connection) => {
    const state = temporaryFolder();
    const {value} = await localID(connection, state);
    await forgetLocalID(connection, state);
    assert.not(existsSync(join(state, 'cluster-ids', uid)));
    await forgetLocalID(connection, state);
    assert.is.not((await localID(connection, state)).value, value);
  }));

test.run();
