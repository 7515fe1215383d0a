// What a value of YAML is, by client-go's own reader and by this program: YAML 1.1, as Go has it.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {resolveTarget} from '../../../src/cluster/connection/resolve-target.ts';
import {UserError} from '../../../src/errors.ts';
import {rigSuite} from '../../rig/available.ts';
import {type Oracle, startOracle} from '../../rig/oracle.ts';
import {bareSurroundings, temporaryFolder} from './connecting.ts';

const values: readonly string[] = [
  ...['y', 'n', 'Y', 'N', 'yes', 'No', 'on', 'OFF', 'true', 'True', 'TRUE', 'TrUe', '"y"', "'no'"],
  ...['nULL', '!!null x', '=', '<<', '-', '?', 'a: b', '[a]', '{}', '*a', '&a x', '@x', '`x', '%x', 'a #b', 'a#b'],
  ...['0', '-0', '+1', '017', '0o17', '0o8', '08', '0x1F', '0x', '0b11', '-0b11', '190:20:30', '1:2'],
  ...['1_000', '1__0', '_1', '1_', '0x_1', '0b_1', '685_230.15', '1_a', 'a_1', '.5_0', '1_0e3'],
  ...['1.5', '.5', '1.', '0.', '1e3', '12e03', '1e+3', '.inf', '+.inf', '-.INF', '.nan', '.NaN'],
  ...['2001-01-01', '2001-01-01T00:00:00Z', '2001-01-01 00:00:00'],
  ...['!!str y', '!!str 1', '!!int 7', '!!int x', '!!bool yes', '!!bool maybe', '!!float 1', '!!float x'],
  ...['!!binary aGk=', '!!binary "a"', '!foo x', '!!set {a}', '|\n        x', '>\n        x\n        y'],
  ...[
    '"\\x41"',
    '"\\u0041"',
    '"\\/"',
    '"\\\\/"',
    '"a\\q"',
    "'it''s'",
    '[https://h/?q]',
    '[a?]',
    '{a: b?c}',
    'a?b',
    '[:a]',
    '{a: :b}',
    '[a:b]',
    ':a',
  ],
];
const fields: [name: string, text: (value: string) => string][] = [
  ['a token', (value) => entry('', `    token: ${value}\n`)],
  ['insecure-skip-tls-verify', (value) => entry(`    insecure-skip-tls-verify: ${value}\n`, '    token: t\n')],
];

function entry(cluster: string, user: string): string {
  return [
    'apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster:\n    server: https://h\n',
    cluster,
    'contexts:\n- name: c\n  context: {cluster: c, user: u}\nusers:\n- name: u\n  user:\n',
    user,
  ].join('');
}

const test = rigSuite<{oracle: Oracle; path: string}>('values of YAML, as Go reads them', ['apiserver']);

test.before(async (context) => {
  const folder = temporaryFolder();
  context.path = join(folder, 'kubeconfig');
  context.oracle = await startOracle(folder);
});
test.after(({oracle}) => oracle?.close());

function ours(path: string): [token: string, insecure: boolean] | 'refused' {
  try {
    const {user, cluster} = resolveTarget({kubeconfig: path}, bareSurroundings());
    return [user.token ?? '', cluster['insecure-skip-tls-verify'] ?? false];
  } catch (error) {
    if (error instanceof UserError) return 'refused';
    throw error;
  }
}

for (const [name, text] of fields) {
  for (const value of values) {
    test(`${name}: ${JSON.stringify(value)}`, async ({oracle, path}) => {
      writeFileSync(path, text(value));
      const {refusal, token = '', insecure = false} = await oracle.ask(path);
      assert.equal(ours(path), refusal === undefined ? [token, insecure] : 'refused', refusal);
    });
  }
}

test.run();
