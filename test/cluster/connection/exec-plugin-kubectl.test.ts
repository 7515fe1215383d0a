import {readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import * as assert from 'uvu/assert';
import type {ExecEntry} from '../../../src/cluster/connection/kubeconfig.ts';
import {sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {directory, exec, freshPath, plugin, says, v1, v1beta1} from './plugins.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami} from './whoami.ts';

const real = rigSuite('a credential plugin, as kubectl runs it', ['apiserver', 'kubectl']);

type Server = Awaited<ReturnType<typeof sharedApiserver>>;
type Both = [
  name: string,
  entry: (server: Server) => ExecEntry,
  expected: string | undefined,
  user?: (server: Server) => object,
];

const printsToken = (variable: string) =>
  `printf '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"%s"}}' "${variable}"`;

const both: Both[] = [
  ['of v1', (s) => exec(says({token: s.tokens.reader})), 'reader'],
  [
    'of v1beta1',
    (s) => exec(says({token: s.tokens.reader}, v1beta1), {apiVersion: v1beta1, interactiveMode: ''}),
    'reader',
  ],
  [
    'of v1alpha1',
    (s) => exec(says({token: s.tokens.reader}), {apiVersion: 'client.authentication.k8s.io/v1alpha1'}),
    undefined,
  ],
  ['of v1 without interactiveMode', (s) => exec(says({token: s.tokens.reader}), {interactiveMode: ''}), undefined],
  [
    'with an unknown interactiveMode',
    (s) => exec(says({token: s.tokens.reader}), {interactiveMode: 'Perhaps'}),
    undefined,
  ],
  ['without a command', () => ({apiVersion: v1, interactiveMode: 'Never'}), undefined],
  ['with arguments', (s) => exec(printsToken('$2'), {args: ['--token', s.tokens.reader]}), 'reader'],
  ['with variables', (s) => exec(printsToken('$T'), {env: [{name: 'T', value: s.tokens.reader}]}), 'reader'],
  ['beside the kubeconfig', (s) => ({...exec(''), command: beside(s, './relative')}), 'reader'],
  ['in PATH', (s) => ({...exec(''), command: inPath(s)}), 'reader'],
  [
    'that gives a certificate',
    (s) => exec(says({clientCertificateData: s.adminCert, clientKeyData: s.adminKey})),
    'admin',
  ],
  ['that gives half a certificate', (s) => exec(says({clientCertificateData: s.adminCert})), undefined],
  [
    'that gives a certificate that is none',
    () => exec(says({clientCertificateData: 'x', clientKeyData: 'y'})),
    undefined,
  ],
  ['that fails', () => exec('exit 1'), undefined],
  ['that is missing', () => ({...exec(''), command: 'no-such-plugin'}), undefined],
  ['that prints rubbish', () => exec('echo rubbish'), undefined],
  ['that gives a token nobody has', () => exec(says({token: 'planted'})), undefined],
  ['beside a token, which wins', () => exec('exit 1'), 'reader', (s) => ({token: s.tokens.reader})],
  [
    'beside an auth-provider',
    (s) => exec(says({token: s.tokens.reader})),
    undefined,
    () => ({'auth-provider': {name: 'oidc'}}),
  ],
];

function beside({directory, tokens}: Server, command: string): string {
  writeFileSync(join(directory, command), `#!/bin/sh\n${says({token: tokens.reader})}\n`, {mode: 0o755});
  return command;
}

function inPath({tokens}: Server): string {
  return basename(plugin(says({token: tokens.reader})));
}

const env = {PATH: `${directory}:${process.env.PATH}`};

for (const [name, entry, expected, user] of both) {
  real(name, async () => {
    const server = await sharedApiserver();
    const options = {kubeconfig: server.kubeconfig({credentials: {exec: entry(server), ...user?.(server)}})};
    const [ours, theirs] = await Promise.all([ourWhoami(options, env), kubectlWhoami(kubectlFlags(options), env)]);
    assert.is('user' in theirs ? theirs.user : undefined, expected, JSON.stringify(theirs));
    assert.is('user' in ours ? ours.user : undefined, expected, JSON.stringify(ours));
    assert.not.match(JSON.stringify(ours), /BUG/);
  });
}

const extension = {name: 'client.authentication.k8s.io/exec', extension: {audience: 'a', list: [1]}};
const told: [name: string, entry: ExecEntry, cluster: Record<string, unknown>][] = [
  ['nothing of the cluster', {}, {}],
  ['of v1beta1', {apiVersion: v1beta1}, {}],
  ['the cluster', {provideClusterInfo: true}, {}],
  [
    'all of the cluster',
    {provideClusterInfo: true},
    {'tls-server-name': 'localhost', 'disable-compression': true, extensions: [extension]},
  ],
];
for (const [name, more, cluster] of told) {
  real(`is told what kubectl tells it: ${name}`, async () => {
    const server = await sharedApiserver();
    const [file, apiVersion] = [freshPath('info'), more.apiVersion ?? v1];
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" > ${file}\n${says({token: server.tokens.reader}, apiVersion)}`;
    const options = {kubeconfig: server.kubeconfig({credentials: {exec: exec(script, more)}, cluster})};
    const theirs = await kubectlWhoami(kubectlFlags(options), env);
    const info = JSON.parse(readFileSync(file, 'utf8'));
    assert.equal(await ourWhoami(options, env), theirs);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')), info);
  });
}

real.run();
