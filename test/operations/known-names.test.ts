// Names for the Tab key are read by less care than the program's own: they have to be the same.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readKubeconfig} from '../../src/cluster/connection/kubeconfig.ts';
import {knownNames} from '../../src/operations/known-names.ts';
import {newFolder} from '../folder.ts';

const folder = newFolder('known-names-');
const contexts = 'contexts: [{name: b, context: {cluster: c, namespace: team}}, {name: "a:1", context: {}}]';
const texts: [what: string, text: string | Buffer][] = [
  ['JSON', '{"contexts": [{"name": "dev", "context": {}}], "clusters": null}'],
  ['flow', contexts],
  ['block', 'contexts:\n- name: dev\n  context:\n    cluster: c\n- name: arn:aws:eks:eu:1:cluster/a\n'],
  ['line ends of Windows', 'contexts:\r\n- name: dev\r\n  context: {}\r\n'],
  ['a token that looks like a day', `${contexts}\nusers: [{name: u, user: {token: 2026-01-01}}]`],
  ['a key that is there twice', `contexts: []\n${contexts}`],
  ['merge keys and anchors', 'x: &x {cluster: c}\ncontexts: [{name: m, context: {<<: *x, namespace: team}}]'],
  ['binary values', `${contexts}\nclusters: [{name: c, cluster: {certificate-authority-data: !!binary UVVKRA==}}]`],
  ['UTF-16, as PowerShell writes', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(contexts, 'utf16le')])],
  ['two documents', `${contexts}\n---\nsecond: true\n`],
];
for (const [what, text] of texts)
  test(`names of a kubeconfig: ${what}`, () => {
    const path = join(folder, what);
    writeFileSync(path, text);
    const {contexts: known} = readKubeconfig(path, {env: {}, home: folder});
    assert.ok(known.size > 0);
    assert.equal(knownNames('context', {kubeconfig: path}), [...known.keys()].sort());
  });

test('a kubeconfig that can not be read has none', () => {
  const path = join(folder, 'broken');
  writeFileSync(path, 'contexts: [');
  assert.equal(knownNames('context', {kubeconfig: path}), []);
  assert.equal(knownNames('namespace', {kubeconfig: path}), ['seldon-mesh', 'seldon-system']);
});

test('reports are known by the names of their files, the newest first', () => {
  const stateDir = join(folder, 'state');
  assert.equal(knownNames('waiting', {stateDir}), []);
  for (const name of ['outbox', 'sent', 'superseded']) mkdirSync(join(stateDir, name), {recursive: true});
  for (const name of [
    'outbox/20261122T101500Z-3fa9c1.json',
    'outbox/20261123T101500Z-000000.json',
    'outbox/.part.json',
  ])
    writeFileSync(join(stateDir, name), '');
  for (let i = 100; i < 300; i++) writeFileSync(join(stateDir, `sent/20251122T101500Z-000${i}.json`), '');
  const waiting = ['20261123T101500Z-000000', '20261122T101500Z-3fa9c1'];
  assert.equal(knownNames('waiting', {stateDir}), waiting);
  const kept = knownNames('kept', {stateDir});
  assert.equal([kept.length, ...kept.slice(0, 3)], [100, ...waiting, '20251122T101500Z-000299']);
});

test.run();
