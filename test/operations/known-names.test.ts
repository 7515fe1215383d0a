// Names for the Tab key are read by less care than the program's own: they have to be the same.
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readKubeconfig} from '../../src/cluster/connection/kubeconfig.ts';
import {knownNames} from '../../src/operations/known-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'known-names-'));
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
    assert.equal(knownNames('context', path), [...known.keys()].sort());
  });

test('a kubeconfig that can not be read has none', () => {
  const path = join(folder, 'broken');
  writeFileSync(path, 'contexts: [');
  assert.equal(knownNames('context', path), []);
  assert.equal(knownNames('namespace', path), ['seldon-mesh', 'seldon-system']);
});

test.run();
