import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readManifest} from '../../src/helm/documents.ts';
import {helmSaid, missesFiles} from '../../src/helm/failure.ts';

const secret = readManifest(
  `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  key: ${Buffer.from('line one\nline two\n').toString('base64')}\nstringData:\n  pass: hunter2hunter2\n`,
);
const run = {code: 1, signal: null, stdout: '', stderr: ''};

const cases: [name: string, run: Partial<Parameters<typeof helmSaid>[0]>, said: string][] = [
  [
    'the error, without what Helm warns of',
    {stderr: 'WARNING: Kubernetes configuration file is group-readable\nError: UPGRADE FAILED: no\n'},
    'UPGRADE FAILED: no',
  ],
  ['no control characters', {stderr: 'Error: \u001b[31mred\u001b[0m\u0007\n'}, 'red'],
  [
    'no value of a Secret, encoded',
    {stderr: `Error: bad ${Buffer.from('line one\nline two\n').toString('base64')}`},
    'bad [removed]',
  ],
  ['no value of a Secret, decoded', {stderr: 'Error: bad line two'}, 'bad [removed]'],
  ['no value of stringData', {stderr: 'Error: bad hunter2hunter2'}, 'bad [removed]'],
  ['no token', {stderr: 'Error: Authorization: Bearer abcdefghijklmnop'}, 'Authorization: Bearer [removed]'],
  [
    'the reason of the post-renderer',
    {reason: 'Secret a would be new', stderr: 'Error: plugin exited'},
    'the rendered manifest is not as planned: Secret a would be new',
  ],
  ['a signal', {code: null, signal: 'SIGKILL'}, 'it ended by SIGKILL, saying nothing'],
];
for (const [name, more, said] of cases)
  test(`says ${name}`, () => assert.is(helmSaid({...run, ...more}, secret), said));

const folder = '/tmp/seldon-usage-helm-abc';
const missed: [stderr: string, code: number, expected: boolean][] = [
  [`Error: path "${folder}/chart.tgz" not found`, 1, true],
  ['Error: path "/private/tmp/x/chart.tgz" not found', 1, true],
  [`Error: open ${folder}/values.json: no such file or directory`, 1, true],
  [`Error: stat ${folder}/kubeconfig: no such file or directory`, 1, true],
  [
    'Error: invalid argument "seldon-usage-keep" for "--post-renderer" flag: plugin: {Name:seldon-usage-keep Type:postrenderer/v1} not found',
    1,
    true,
  ],
  ['Error: invalid argument: unable to find binary at /opt/node/bin/node', 1, true],
  ['Error: UPGRADE FAILED: another operation is in progress', 1, false],
  ['Error: release: not found', 1, false],
  [`Error: path "${folder}/chart.tgz" not found`, 0, false],
];
for (const [stderr, code, expected] of missed)
  test(`${expected ? 'misses' : 'does not miss'} its files: ${code} ${stderr}`, () =>
    assert.is(missesFiles({...run, stderr, code}, folder), expected));

test.run();
