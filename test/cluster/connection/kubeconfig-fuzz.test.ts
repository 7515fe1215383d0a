// What client-go makes of kubeconfigs and what this program makes of them, for thousands of variations of real ones. The
// oracle is client-go's own code in one process: a start of kubectl for each would take minutes.
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';
import {material} from '../../../src/cluster/connection/credentials.ts';
import type {UserEntry} from '../../../src/cluster/connection/kubeconfig.ts';
import {proxyFor} from '../../../src/cluster/connection/proxy.ts';
import {resolveTarget} from '../../../src/cluster/connection/resolve-target.ts';
import {serverOf} from '../../../src/cluster/connection/server-url.ts';
import {UserError} from '../../../src/errors.ts';
import {pemBlocks} from '../../../src/host/pem.ts';
import {rigSuite} from '../../rig/available.ts';
import {makeAuthority} from '../../rig/certificates.ts';
import {bytesOf, kubeconfigs} from '../../rig/kubeconfigs.ts';
import {type Oracle, startOracle, type Verdict} from '../../rig/oracle.ts';
import {bareSurroundings, temporaryFolder} from './connecting.ts';

/** Kubeconfigs of one seed, and the seeds: always the same, for the test to say the same each time. */
const runs = 1000;
const seeds = [7, 319];

/** Scheme, host without brackets and port of a URL as it is written; undefined where nobody could dial that. */
function dialled(url = ''): {scheme: string; host: string; port: number} | undefined {
  const [, scheme = '', host, port] =
    /^(\w+):\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^:/?#@]+)(?::(\d*))?(?:[/?#]|$)/.exec(url) ?? [];
  const usual = {http: 80, https: 443, socks5: 1080}[scheme];
  if (host === undefined || usual === undefined || Number(port) > 65_535) return undefined;
  return {scheme, host: host.replace(/^\[|\]$/g, ''), port: Number(port || usual)};
}

/** A proxy in the form that both are compared in. */
function withPort(proxy: string): string {
  const {scheme, host, port} = dialled(proxy) ?? {};
  return `${scheme}://${host}:${port}`;
}

/** Whether net/http could speak to the server by way of the proxy: otherwise it says so at the first request. */
function isDialable({url, proxy}: Verdict): boolean {
  return dialled(url) !== undefined && /^http/.test(url ?? '') && (!proxy || dialled(proxy) !== undefined);
}

interface Context {
  oracle: Oracle;
  folder: string;
}

const test = rigSuite<Context>('kubeconfigs by chance', ['apiserver']);

test.before(async (context) => {
  context.folder = temporaryFolder();
  context.oracle = await startOracle(context.folder);
});
test.after(({oracle}) => oracle?.close());

/** What both are asked. */
type Found = Omit<Verdict, 'stage' | 'cluster' | 'user' | 'url' | 'dial'>;

/** What this program makes of the file, in the oracle's terms. */
async function ours(path: string): Promise<Found | {refusal: string}> {
  const around = bareSurroundings();
  try {
    const target = resolveTarget({kubeconfig: path}, around);
    const {close} = await connect({kubeconfig: path}, around);
    close();
    const {cluster, context, namespace} = target;
    // Credentials are for servers with TLS only, and so is all about certificates.
    const api = serverOf(target);
    const {secure} = api;
    const {as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra} = target.user;
    const user: UserEntry = secure ? target.user : {};
    const proxy = proxyFor(api, cluster['proxy-url'], around);
    return normal(secure, {
      // What people are told where there is none.
      context: context === '(none)' ? '' : context,
      namespace,
      server: cluster.server ?? '',
      insecure: cluster['insecure-skip-tls-verify'] ?? false,
      tlsServerName: cluster['tls-server-name'] ?? '',
      ca: hashes(material(cluster, 'certificate-authority')),
      proxy: proxy ? `${proxy.scheme}://${proxy.host}:${proxy.port}` : '',
      token: user.token ?? '',
      tokenFile: user.tokenFile ?? '',
      username: user.username ?? '',
      password: user.password ?? '',
      as: as ?? '',
      asUid: uid ?? '',
      asGroups: groups ?? [],
      asUserExtra: extra ?? {},
      authProvider: user['auth-provider']?.name ?? '',
      exec: user.exec ? [user.exec.command ?? '', ...(user.exec.args ?? [])] : [],
      clientCertificates: hashes(material(user, 'client-certificate')),
    });
  } catch (error) {
    // Anything else is a bug, and fails the test as one.
    if (!(error instanceof UserError)) throw error;
    return {refusal: error.message};
  }
}

/** Whether headers can hold it: net/http refuses others at the first request. */
function isSendable({token, as, asUid, asGroups, asUserExtra, username, password}: Found): boolean {
  return !/[^\x20-\x7e]/.test(
    [
      token,
      as,
      asUid,
      username,
      password,
      ...(asGroups ?? []),
      ...Object.values(asUserExtra ?? {}).flat(),
      ...Object.keys(asUserExtra ?? {}),
    ].join(''),
  );
}

function hashes(pem: string): string[] {
  return pemBlocks(pem)
    .filter(({type, headers}) => type === 'CERTIFICATE' && Object.keys(headers).length === 0)
    .map(({bytes}) => createHash('sha256').update(bytes).digest('hex'));
}

/** What counts for a server without TLS is left of what is written. */
function normal(secure: boolean, found: Found): Found {
  return secure ? found : {...found, insecure: false, tlsServerName: '', ca: [], clientCertificates: []};
}

function theirs(verdict: Verdict): Found | {refusal: string} {
  if (verdict.refusal !== undefined) return {refusal: verdict.refusal, context: verdict.context};
  const {stage, cluster, user, url, dial, clientKeys, disableCompression, ...told} = verdict;
  const secure = url?.startsWith('https:') ?? false;
  const credentials = {token: '', tokenFile: '', username: '', password: '', authProvider: '', exec: []};
  const nothing = {insecure: false, tlsServerName: '', ca: [], proxy: '', clientCertificates: []};
  const nobody = {as: '', asUid: '', asGroups: [], asUserExtra: {}};
  const all = {...nothing, ...nobody, ...credentials, ...told};
  return normal(secure, {...all, ...(told.proxy ? {proxy: withPort(told.proxy)} : {})});
}

for (const seed of seeds)
  test(`${runs} kubeconfigs of the seed ${seed} are read as client-go reads them`, async ({oracle, folder}) => {
    const authority = await makeAuthority();
    const client = await authority.client({user: 'jane'});
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const material = {ca: base64(authority.cert), cert: base64(client.cert), key: base64(client.key)};
    const path = join(folder, 'kubeconfig');
    await fc.assert(
      fc.asyncProperty(kubeconfigs(material), async (written) => {
        writeFileSync(path, bytesOf(written));
        const verdict = await oracle.ask(path);
        const [expected, found] = [theirs(verdict), await ours(path)];
        if ('refusal' in expected && 'refusal' in found) return;
        // It would ask the person for a user name, and reads the end of its input instead. We go on as nobody.
        if ('refusal' in expected && expected.refusal === 'EOF' && 'token' in found) {
          const {context, token, tokenFile, username, exec, clientCertificates} = found;
          const none = ['', '', '', [], []];
          assert.equal(
            [token, tokenFile, username, exec, clientCertificates],
            none,
            'credentials that client-go does not have',
          );
          assert.is(context, (expected as {context?: string}).context);
          return;
        }
        // On purpose: a token's file is read at the first request, and refused then.
        const file = 'tokenFile' in found ? found.tokenFile : '';
        if (file && 'refusal' in expected && expected.refusal?.startsWith(`open ${file}:`)) return;
        // It says so at the first request, we before.
        if ('refusal' in found && 'server' in expected && !isDialable(verdict)) return;
        if ('refusal' in found && 'token' in expected && !isSendable(expected)) return;
        // Go takes a list of numbers for bytes, which nobody writes.
        if ('refusal' in found && found.refusal?.endsWith('a base64 value.') && /-data['"]?:\s*[-[]/.test(written.text))
          return;
        // On purpose: kubectl falls back to a server of its own making here, and we refuse.
        if ('refusal' in found && 'server' in expected && expected.server === 'http://localhost:8080') return;
        assert.equal(found, expected, `client-go: ${JSON.stringify(expected)}\nours: ${JSON.stringify(found)}`);
      }),
      {numRuns: runs, seed},
    );
  });

test.run();
