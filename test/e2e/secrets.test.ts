import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {temporaryFolder} from '../cluster/connection/connecting.ts';
import {exec, says, v1} from '../cluster/connection/plugins.ts';
import {makeAuthority} from '../rig/certificates.ts';
import {startProxy, startSocksProxy} from '../rig/proxy.ts';
import {startScripted} from '../rig/scripted.ts';

// Every secret of this file has this word in it, in plain or in base64 at any of its three offsets. It looks like none.
const word = 'planted-secret';
const secret = (name: string) => `${word}-${name}`;
const jwt = ['{"alg":"none"}', `{"sub":"${word}","exp":1}`, word]
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');
const traces = [
  word,
  ...[0, 1, 2].map((at) => btoa(' '.repeat(at) + word).slice(at === 0 ? 0 : 4, -4)),
  jwt.slice(-12),
];

const authority = await makeAuthority();
const client = await authority.client({user: word});
const keyTrace = client.key.split('\n')[1]!.slice(0, 30);
traces.push(keyTrace, btoa(client.key).slice(40, 80));

const hosts = {};
const auth = {username: 'jane', password: secret('other')};
const proxy = await startProxy({hosts, auth});
const socks = await startSocksProxy({hosts, auth});
// A server that repeats what it was sent.
const echo = JSON.stringify({kind: 'Status', message: `token ${secret('echo')} is unknown: Bearer ${secret('echo')}`});
const server = await startScripted({
  // By the path of the cluster's URL, which comes before all others.
  routes: {
    '*': (request, response) => {
      const [, status, type] = /^\/(\d+)(page)?/.exec(request.url ?? '') ?? [];
      response
        .writeHead(Number(status ?? 401), {'content-type': type ? 'text/html' : 'application/json'})
        .end(type ? `<p>${echo}` : echo);
    },
  },
  clients: authority,
});

const withUser = (url: string) => url.replace('//', `//jane:${secret('proxy')}@`);
const base64 = (text: string) => btoa(text);
const certificate = {'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key)};
const other = await authority.client({user: 'other'});

interface Settings {
  user?: object;
  cluster?: object;
  env?: NodeJS.ProcessEnv;
  /** The text of the kubeconfig itself. */
  content?: string;
  args?: string[];
}

const status = (fields: object) => says(fields, v1);
const both = `echo ${secret('stdout')}; echo ${secret('stderr')} >&2`;

const cases: Record<string, Settings> = {
  'a token that is refused': {user: {token: secret('token')}},
  'a token that is echoed (403)': {user: {token: secret('token')}, cluster: {server: `${server.url}/403`}},
  'a token that is echoed (501)': {user: {token: secret('token')}, cluster: {server: `${server.url}/501`}},
  'a token that meets a web page': {user: {token: secret('token')}, cluster: {server: `${server.url}/200page`}},
  'a token that holds a line break': {user: {token: `${secret('token')}\n`}},
  'a token that is a number of fields': {user: {token: {[secret('key')]: secret('value')}}},
  'a token beside a password': {user: {token: secret('token'), username: 'u', password: secret('password')}},
  'a token in a variable': {env: {SELDON_USAGE_TOKEN: secret('variable')}},
  'a token in a file': {user: {tokenFile: 'token'}},
  'a token by --token-file': {args: ['--token-file', 'token']},
  'a password': {user: {username: secret('user').slice(0, 3), password: secret('password')}},
  'a JSON web token': {user: {token: jwt}},
  'an OIDC token that has expired': {
    user: {
      'auth-provider': {
        name: 'oidc',
        config: {'id-token': jwt, 'refresh-token': secret('r'), 'client-secret': secret('c')},
      },
    },
  },
  'a removed auth-provider': {user: {'auth-provider': {name: 'gcp', config: {'access-token': secret('token')}}}},
  'a client certificate': {user: certificate},
  "a key that is another's": {user: {...certificate, 'client-certificate-data': base64(other.cert)}},
  'a key that is none': {user: {...certificate, 'client-key-data': base64(secret('key'))}},
  'a key without certificate': {user: {'client-key-data': base64(client.key), token: secret('token')}},
  'a CA that is none': {cluster: {'certificate-authority-data': base64(secret('ca'))}},
  'an unknown CA': {user: certificate, cluster: {'certificate-authority-data': base64(other.cert)}},
  'a server URL with a password': {cluster: {server: server.url.replace('//', `//jane:${secret('url')}@`)}},
  'a server URL that is none': {cluster: {server: `ftp://jane:${secret('url')}@127.0.0.1`}},
  'a proxy that refuses': {cluster: {'proxy-url': withUser(proxy.url)}},
  'a SOCKS proxy that refuses': {cluster: {'proxy-url': withUser(socks.url)}},
  'a proxy that is not there': {cluster: {'proxy-url': withUser('http://127.0.0.1:1')}},
  'a SOCKS proxy that is not there': {cluster: {'proxy-url': withUser('socks5://127.0.0.1:1')}},
  'a proxy that is not a URL': {cluster: {'proxy-url': `jane:${secret('proxy')}@proxy.example:1`}},
  'a proxy of a variable': {cluster: {server: 'https://api.corp.example'}, env: {HTTPS_PROXY: withUser(proxy.url)}},
  'a proxy of a variable that is not a URL': {
    cluster: {server: 'https://api.corp.example'},
    env: {HTTPS_PROXY: `ftp://jane:${secret('proxy')}@p`},
  },
  'a plugin that fails': {user: {exec: exec(`${both}; exit 1`)}},
  'a plugin that prints rubbish': {user: {exec: exec(both)}},
  'a plugin that hangs': {user: {exec: exec(`${both}; sleep 600`)}, args: ['--request-timeout', '500ms']},
  'a plugin with secrets in its entry': {
    user: {exec: {...exec('exit 1'), args: ['--password', secret('arg')], env: [{name: 'P', value: secret('env')}]}},
  },
  'a plugin that is missing': {
    user: {exec: {...exec(''), command: 'none', args: [secret('arg')], env: [{name: 'P', value: secret('env')}]}},
  },
  'a plugin of another version': {user: {exec: exec(status({token: secret('token')}).replace(v1, 'planted/v2'))}},
  'a plugin that gives a token': {user: {exec: exec(status({token: secret('token')}))}},
  'a plugin that gives half a certificate': {user: {exec: exec(status({clientKeyData: client.key}))}},
  "a plugin that gives another's key": {
    user: {exec: exec(status({clientCertificateData: other.cert, clientKeyData: client.key}))},
  },
  'a plugin that gives a bad time': {
    user: {exec: exec(status({token: secret('token'), expirationTimestamp: secret('time')}))},
  },
  'a kubeconfig that is not YAML': {content: `users: [{name: u, user: {token: ${secret('token')}`},
  'a kubeconfig that is something else': {content: secret('text')},
  'a kubeconfig of wrong types': {content: `users: [{name: u, user: ${secret('token')}}]`},
};

/** Runs the program; answers all that it printed. */
async function run(args: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const {stdout, stderr, status} = await runBuilt(args, env, cwd);
  return `${stdout}${stderr}exit code ${status}`;
}

function kubeconfig({user = {}, cluster = {}, content}: Settings): string {
  const all = {
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: server.url, 'certificate-authority-data': base64(server.ca), ...cluster}}],
    users: [{name: 'u', user}],
  };
  return content ?? JSON.stringify(all);
}

/** What a case prints: for people, and under --json with everything that DEBUG and SELDON_USAGE_DEBUG bring. */
async function printed(settings: Settings): Promise<string[]> {
  const cwd = temporaryFolder();
  const file = join(cwd, 'kubeconfig');
  writeFileSync(file, kubeconfig(settings));
  writeFileSync(join(cwd, 'token'), secret('file'));
  const args = ['collect', '--kubeconfig', file, ...(settings.args ?? [])];
  const env = settings.env ?? {};
  return Promise.all([
    run(args, env, cwd),
    run([...args, '--json'], {...env, DEBUG: '*', SELDON_USAGE_DEBUG: '1'}, cwd),
  ]);
}

const test = suite('no secret is ever printed');

// Two cases at a time, which is four processes.
const outputs = new Map<string, Promise<string[]>>();
let turn: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
for (const [name, settings] of Object.entries(cases)) {
  const [first, second] = turn as [Promise<unknown>, Promise<unknown>];
  const output = first.then(() => printed(settings));
  turn = [second, output.catch(() => {})];
  outputs.set(name, output);
}

for (const [name, output] of outputs) {
  test(name, async () => {
    for (const text of await output) {
      assert.match(text, /exit code [23]$/, text);
      assert.not.match(text, /undefined|TypeError/);
      for (const trace of traces) assert.not.ok(text.includes(trace), `${trace} is in: ${text}`);
    }
  });
}

test.after(async () => {
  await Promise.all([server, proxy, socks].map(({close}) => close()));
});

test.run();
