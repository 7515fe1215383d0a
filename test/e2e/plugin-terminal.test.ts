// Plugins that talk to a person. The person is a pipe here: what counts is which streams the plugin is given.
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ConnectionOptions} from '../../src/cluster/connection/connection.ts';
import {kubeconfigOf} from '../cluster/connection/connecting.ts';
import {exec, v1} from '../cluster/connection/plugins.ts';
import {reviewOf} from '../cluster/connection/reviews.ts';
import {startScripted} from '../rig/scripted.ts';

const server = await startScripted({routes: {'*': reviewOf(({headers}) => headers.authorization ?? 'nobody')}});
test.after(() => server.close());

// Answers with what it read from standard input and with whether it was told that it may.
const asks = `
  echo 'Enter the code ABCD' >&2
  read code
  case "$KUBERNETES_EXEC_INFO" in *'"interactive":true'*) told=told;; *) told=untold;; esac
  echo '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"'$told-$code'"}}'`;

const [both, onlyOut, none] = [
  {input: true, output: true},
  {input: false, output: true},
  {input: false, output: false},
];

const cases: [mode: string, terminal: ConnectionOptions['terminal'], token: string, isShown: boolean][] = [
  ['IfAvailable', both, 'told-42', true],
  ['Always', both, 'told-42', true],
  ['Never', both, 'untold-', true],
  ['IfAvailable', onlyOut, 'untold-', true],
  ['IfAvailable', none, 'untold-', false],
];

for (const [interactiveMode, terminal, token, isShown] of cases) {
  test(`${interactiveMode}, ${terminal?.input ? 'a' : 'no'} terminal to read from, ${isShown ? 'one' : 'none'} to write to`, async () => {
    const options = {kubeconfig: kubeconfigOf(server, {exec: exec(asks, {interactiveMode})}), terminal};
    const program = join(import.meta.dirname, '../cluster/connection/whoami-process.ts');
    const child = spawn(process.execPath, [...process.execArgv, program, JSON.stringify(options)]);
    child.stdin.end('42\n');
    const [printed, shown] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.is(JSON.parse(printed).user, `Bearer ${token}`, printed);
    assert.is(shown, isShown ? 'Enter the code ABCD\n' : '');
  });
}

test.run();
