// What client-go makes of kubeconfigs and what this program makes of them, for thousands of variations of real ones. The
// oracle is client-go's own code in one process: a start of kubectl for each would take minutes.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';
import type {UserEntry} from '../../../src/cluster/connection/kubeconfig.ts';
import {resolveTarget} from '../../../src/cluster/connection/resolve-target.ts';
import {serverOf} from '../../../src/cluster/connection/server-url.ts';
import {UserError} from '../../../src/errors.ts';
import {rigSuite} from '../../rig/available.ts';
import {makeAuthority} from '../../rig/certificates.ts';
import {bytesOf, kubeconfigs} from '../../rig/kubeconfigs.ts';
import {type Oracle, startOracle, type Verdict} from '../../rig/oracle.ts';
import {bareSurroundings, temporaryFolder} from './connecting.ts';

/** Kubeconfigs of one seed, and the seeds: always the same, for the test to say the same each time. */
const runs = 1000;
const seeds = [7, 319];

/** Servers that nobody can speak to: no such port, no such scheme (net/http: unsupported protocol scheme). */
const undialable = ['https://h:99999', 'ftp://h'];

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

/** What this program makes of the file, in the oracle's terms. */
async function ours(path: string): Promise<Partial<Verdict>> {
  const around = bareSurroundings();
  try {
    const target = resolveTarget({kubeconfig: path}, around);
    const {close} = await connect({kubeconfig: path}, around);
    close();
    const {cluster, context, namespace} = target;
    // Credentials are for servers with TLS only, and so is all about certificates.
    const {secure} = serverOf(target);
    const user: UserEntry = secure ? target.user : {as: target.user.as ?? ''};
    return {
      context,
      namespace,
      server: cluster.server ?? '',
      insecure: secure && (cluster['insecure-skip-tls-verify'] ?? false),
      tlsServerName: (secure && cluster['tls-server-name']) || '',
      token: user.token ?? '',
      tokenFile: user.tokenFile ?? '',
      as: user.as ?? '',
      exec: user.exec ? [user.exec.command ?? '', ...(user.exec.args ?? [])] : [],
    };
  } catch (error) {
    // Anything else is a bug, and fails the test as one.
    if (!(error instanceof UserError)) throw error;
    return {refusal: error.message};
  }
}

function theirs(verdict: Verdict): Partial<Verdict> {
  if (verdict.refusal !== undefined) return {refusal: verdict.refusal};
  const {
    context,
    namespace,
    server,
    insecure = false,
    tlsServerName = '',
    token = '',
    tokenFile = '',
    as = '',
  } = verdict;
  const secure = verdict.url?.startsWith('https:') ?? false;
  return {
    context,
    namespace,
    server,
    insecure: secure && insecure,
    tlsServerName: secure ? tlsServerName : '',
    token,
    tokenFile,
    as,
    exec: verdict.exec ?? [],
  };
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
        const [expected, found] = [theirs(await oracle.ask(path)), await ours(path)];
        if (expected.refusal !== undefined && found.refusal !== undefined) return;
        // It would ask the person for a user name, and reads the end of its input instead. We go on as nobody.
        if (expected.refusal === 'EOF') {
          assert.equal(
            [found.token, found.tokenFile, found.exec],
            ['', '', []],
            'credentials that client-go does not have',
          );
          return;
        }
        // On purpose: a token's file is read at the first request, and refused then.
        if (expected.refusal?.startsWith('open ') && found.tokenFile) return;
        // It says so at the first request, we before.
        if (undialable.includes(expected.server ?? '') && found.refusal !== undefined) return;
        // On purpose: kubectl falls back to a server of its own making here, and we refuse.
        if (expected.server === 'http://localhost:8080' && found.refusal !== undefined) return;
        assert.equal(found, expected, `client-go: ${JSON.stringify(expected)}\nours: ${JSON.stringify(found)}`);
      }),
      {numRuns: runs, seed},
    );
  });

test.run();
