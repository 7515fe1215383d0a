import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';
import {pluginPatience} from '../../../src/cluster/connection/credentials.ts';
import {runPlugin} from '../../../src/cluster/connection/exec-plugin.ts';
import type {ExecEntry} from '../../../src/cluster/connection/kubeconfig.ts';
import {UserError} from '../../../src/errors.ts';
import {startScripted} from '../../rig/scripted.ts';
import {directory, exec, freshPath, gone, plugin, says, v1, v1beta1} from './plugins.ts';

const alone = {input: false, output: false};
const call = (entry: ExecEntry) => ({
  exec: entry,
  cluster: {},
  userName: 'jane',
  env: {PATH: process.env.PATH},
  terminal: alone,
  timeout: 30_000,
});

const test = suite('a credential plugin');

const good: [name: string, status: Record<string, unknown>, result: unknown][] = [
  ['a token', {token: 'abc'}, {token: 'abc'}],
  [
    'a token that ends',
    {token: 'a', expirationTimestamp: '2030-01-02T03:04:05Z'},
    {token: 'a', expires: 1893553445000},
  ],
  ['a token without end', {token: 'a', expirationTimestamp: null}, {token: 'a'}],
  ['a certificate', {clientCertificateData: 'C', clientKeyData: 'K'}, {cert: 'C', key: 'K'}],
];
for (const [name, status, result] of good) {
  test(`gives ${name}`, async () => assert.equal(await runPlugin(call(exec(says(status)))), result));
}

test('may answer YAML', async () => {
  const yaml = `printf 'kind: ExecCredential\\napiVersion: ${v1}\\nstatus:\\n  token: abc\\n'`;
  assert.equal(await runPlugin(call(exec(yaml))), {token: 'abc'});
});

for (const before of ['', '.', './', 'here'])
  test(`is never the current folder's, whatever PATH holds: ${before || 'nothing'}`, async () => {
    const [hostile, own] = [mkdtempSync(join(directory, 'hostile-')), mkdtempSync(join(directory, 'own-'))];
    mkdirSync(join(hostile, 'here'));
    for (const folder of ['.', 'here']) plugin(says({token: 'hostile'}), join(hostile, folder, 'named-alike'));
    plugin(says({token: 'own'}), join(own, 'named-alike'));
    const found = (...folders: string[]) => {
      const entry = {apiVersion: v1, command: 'named-alike', interactiveMode: 'Never'};
      const searchPath = [...folders, '/usr/bin', '/bin'].join(delimiter);
      return runPlugin({...call(entry), env: {PATH: searchPath}});
    };
    const back = process.cwd();
    process.chdir(hostile);
    try {
      assert.equal(await found(before, own, before), {token: 'own'});
      const none = await found(before).catch((error: Error) => error.message);
      assert.match(String(none), /named-alike of the user jane is not installed here/);
    } finally {
      process.chdir(back);
    }
  });

const bad: [name: string, entry: () => ExecEntry, sentence: RegExp][] = [
  [
    'is missing',
    () => ({apiVersion: v1, command: 'no-such-plugin'}),
    /no-such-plugin of the user jane is not installed here.*PATH/s,
  ],
  [
    'is missing, with a hint',
    () => ({apiVersion: v1, command: 'none', installHint: 'brew install\nnone'}),
    /The kubeconfig says: brew install none/,
  ],
  [
    'is missing at its path',
    () => ({apiVersion: v1, command: '/nonexistent/aws'}),
    /plugin aws of .*There is no \/nonexistent\/aws/s,
  ],
  ['can not be run', () => ({apiVersion: v1, command: directory}), /can't be started \(EACCES\)/],
  ['has a name that no program has', () => ({apiVersion: v1, command: '/a\0b'}), /can't be started/],
  ['fails', () => exec('echo planted-secret; echo planted-secret >&2; exit 3'), /failed with exit code 3\./],
  ['is killed', () => exec('kill -9 $$'), /was ended by SIGKILL/],
  ['prints nothing', () => exec('true'), /something that is no ExecCredential/],
  ['prints rubbish', () => exec('echo "planted-secret: {"'), /something that is no ExecCredential/],
  ['prints half of it', () => exec(`echo '{"kind": "Exec'`), /something that is no ExecCredential/],
  ['prints without end', () => exec('yes planted-secret'), /answers more than any credential/],
  [
    'prints another kind',
    () => exec(says({token: 'planted-secret'}, v1, 'Status')),
    /answers Status .*\/v1 instead of ExecCredential/,
  ],
  [
    'prints another version',
    () => exec(says({token: 'planted-secret'}, v1beta1)),
    /answers ExecCredential .*v1beta1 instead/,
  ],
  ['prints no status', () => exec(says(undefined)), /answers no status/],
  ['gives nothing', () => exec(says({token: ''})), /neither a token nor a certificate/],
  ['gives a certificate without its key', () => exec(says({clientCertificateData: 'C'})), /and not both/],
  ['gives a number', () => exec(says({token: 12345})), /what is not a string/],
  [
    'gives no time',
    () => exec(says({token: 'planted-secret', expirationTimestamp: 'soon'})),
    /an invalid time of expiry/,
  ],
  ['wants a terminal', () => exec('true', {interactiveMode: 'Always'}), /standard input is not a terminal/],
];
for (const [name, entry, sentence] of bad) {
  test(`that ${name} is told in a sentence`, async () => {
    const error = await runPlugin(call(entry())).catch((error) => error);
    assert.instance(error, UserError);
    const told = [error.message, ...error.suggestions].join('\n');
    assert.match(told, sentence);
    assert.not.match(told, /planted-secret/);
    assert.is(error.code, 'cluster');
  });
}

const hanging: [how: string, terminal: typeof alone & {shared?: boolean}, ends: string][] = [
  ['', alone, 'wait'],
  [' beside others, whoever reads what they write', {input: false, output: true, shared: true}, 'wait'],
  [' though it has itself ended', alone, ''],
];
for (const [how, terminal, ends] of hanging) {
  test(`that hangs${how} is ended with all that it has started`, async () => {
    const file = freshPath('child');
    const entry = exec(`sleep 600 & echo $! > ${file}; ${ends}`);
    const error = await runPlugin({...call(entry), terminal, timeout: 4_000}).catch((error) => error);
    assert.match(error.message, /did not end within 4 s/);
    assert.is(/name that context alone/.test(error.suggestions.join()), terminal.shared === true);
    await gone(Number(readFileSync(file, 'utf8')));
  });
}

test('that has ended with its group is ended by no number, which may be another’s by then', async () => {
  const file = freshPath('child');
  const entry = exec(`setsid sh -c 'echo $$ > ${file}; exec sleep 600' & while ! [ -s ${file} ]; do sleep 0.01; done`);
  const real = process.kill;
  const ended: number[] = [];
  process.kill = (pid, signal) => {
    if (signal === 'SIGKILL') ended.push(pid);
    return real.call(process, pid, signal);
  };
  try {
    const error = await runPlugin({...call(entry), timeout: 4_000}).catch((error) => error);
    assert.match(error.message, /did not end within 4 s/);
    assert.equal(ended, []);
  } finally {
    process.kill = real;
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  }
});

test('that takes long is named while it is waited for, and one that does not is not', async () => {
  const told: string[] = [];
  const waiting = (sentence: string) => told.push(sentence);
  const quick = exec(says({token: 'a'}));
  await runPlugin({...call(quick), waiting});
  assert.equal(told, []);
  const slow = exec(`sleep 3.5; ${says({token: 'a'})}`);
  assert.equal(await runPlugin({...call(slow), waiting}), {token: 'a'});
  const name = slow.command!.split('/').at(-1);
  assert.equal(told, [`Waiting for the credential plugin ${name} of the user jane.`]);
});

test('that needs a person is told where it has one: not beside others', async () => {
  const terminal = {input: false, output: true, shared: true};
  const error = await runPlugin({...call(exec('true', {interactiveMode: 'Always'})), terminal}).catch((error) => error);
  assert.match(error.message, /wants to talk to a person, which it can't beside other clusters/);
  assert.match(error.suggestions.join(), /name that context alone/);
});

const person = {input: true, output: true};
const patience: [what: string, terminal: typeof alone & {shared?: boolean}, requestTimeout: number, seconds: number][] =
  [
    ['nobody is there', alone, 0, 60],
    ['nobody is there, and requests have less', alone, 5_000, 5],
    ['nobody is there, and requests have more', alone, 300_000, 60],
    ['a person may have to log in', person, 0, 900],
    ['a person may have to log in, whatever requests have', person, 5_000, 900],
    ['other clusters wait', {...person, shared: true}, 0, 60],
    ['other clusters wait, and requests have less', {...person, shared: true}, 5_000, 60],
    ['other clusters wait, and the person gives it longer', {...person, shared: true}, 300_000, 300],
  ];
for (const [what, terminal, requestTimeout, seconds] of patience)
  test(`has ${seconds} s where ${what}`, () => assert.is(pluginPatience({terminal, requestTimeout}), seconds * 1000));

test('where there are no process groups, a plugin gets none', async () => {
  const group = (stat: string) => stat.replace(/^.*\) /, '').split(' ')[2];
  const entry = exec(
    `stat=$(cat /proc/$$/stat); ${says({token: 'STAT'}).replace("'END'", 'END').replace('STAT', '$stat')}`,
  );
  const real = Object.getOwnPropertyDescriptor(process, 'platform')!;
  const groups: (string | undefined)[] = [];
  for (const platform of ['linux', 'win32']) {
    Object.defineProperty(process, 'platform', {...real, value: platform});
    try {
      groups.push(group((await runPlugin(call(entry))).token!));
    } finally {
      Object.defineProperty(process, 'platform', real);
    }
  }
  const own = group(readFileSync('/proc/self/stat', 'utf8'));
  assert.equal(
    groups.map((one) => one === own),
    [false, true],
  );
});

/** A server that knows the tokens given, and a connection to it by a plugin; `runs` counts how often it was asked. */
async function scripted(script: string, known: string[]) {
  const count = freshPath('count');
  writeFileSync(count, '');
  const server = await startScripted({
    routes: {
      '*': (request, response) => {
        const ok = known.some((token) => request.headers.authorization === `Bearer ${token}`);
        response.writeHead(ok ? 200 : 401).end();
      },
    },
  });
  const entry = exec(`echo x >> ${count}; n=$(wc -l < ${count} | tr -d ' ')\n${script}`);
  const kubeconfig = freshPath('kubeconfig');
  const content = {
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: server.url, 'certificate-authority-data': btoa(server.ca)}}],
    users: [{name: 'u', user: {exec: entry}}],
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  const connection = await connect({kubeconfig}, {env: {PATH: process.env.PATH}, home: '/nonexistent'});
  const ask = async () => {
    const response = await connection.request('/version');
    response.resume();
    return response.statusCode;
  };
  const runs = () => readFileSync(count, 'utf8').length / 2;
  const close = async () => {
    connection.close();
    await server.close();
  };
  return {ask, runs, close};
}

const answers = (token: string, expires?: string) =>
  `echo '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"'${token}'"${expires ? `,"expirationTimestamp":"${expires}"` : ''}}}'`;

const renewals: [name: string, script: string, known: string[], asked: number, statuses: number[], runs: number][] = [
  ['is asked once for many requests', answers('t$n'), ['t1'], 3, [200, 200, 200], 1],
  [
    'is asked again when its token has expired',
    answers('t$n', '2020-01-01T00:00:00Z'),
    ['t1', 't2', 't3'],
    3,
    [200, 200, 200],
    3,
  ],
  ['is not asked again before that', answers('t$n', '2120-01-01T00:00:00Z'), ['t1'], 2, [200, 200], 1],
  ['is asked again when its token is refused', answers('t$n'), ['t2'], 2, [200, 200], 2],
  ['is asked again only once', answers('t$n'), ['t9'], 3, [401, 401, 401], 2],
];
for (const [name, script, known, asked, statuses, runs] of renewals) {
  test(name, async () => {
    const server = await scripted(script, known);
    const seen: (number | undefined)[] = [];
    for (let i = 0; i < asked; i++) seen.push(await server.ask());
    await server.close();
    assert.equal(seen, statuses);
    assert.is(server.runs(), runs);
  });
}

test('is asked once by requests at the same time, also when they are refused together', async () => {
  const server = await scripted(answers('t$n'), ['t2']);
  assert.equal(await Promise.all([server.ask(), server.ask(), server.ask()]), [200, 200, 200]);
  await server.close();
  assert.is(server.runs(), 2);
});

test.run();
