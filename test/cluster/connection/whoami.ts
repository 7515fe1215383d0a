// Whom the server sees: the same question asked by the program's own connection and by a real kubectl.
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {connect} from '../../../src/cluster/connection/connect.ts';
import type {ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import {getJson} from '../../../src/cluster/connection/request.ts';
import {shortLived} from '../../rig/go.ts';
import {kubectlBinary} from '../../rig/toolchain.ts';

/** The user's name and groups as the server saw them, or why it was not asked. */
export type Seen = {user: string; groups: string[]} | {error: string};

const run = promisify(execFile);
export interface Review {
  status: {userInfo: {username: string; groups?: string[]}};
}

const review = {apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview'};
const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Asks by the program's connection. */
export async function ourWhoami(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv,
  home = '/nonexistent',
): Promise<Seen> {
  try {
    const connection = await connect(options, {env, home});
    try {
      const headers = {'Content-Type': 'application/json'};
      const patient = {...connection, wait: async () => {}};
      return seen(await getJson<Review>(patient, path, {method: 'POST', headers, body: JSON.stringify(review)}));
    } finally {
      connection.close();
    }
  } catch (error) {
    const {name, message, suggestions = []} = error as {name: string; message: string; suggestions?: string[]};
    return {
      error: [name === 'UserError' ? '' : `BUG ${(error as Error).stack}`, message, ...suggestions].join('\n').trim(),
    };
  }
}

/** Asks by the program's connection in a process of its own with this environment. */
export async function ourWhoamiApart(options: ConnectionOptions, env: NodeJS.ProcessEnv): Promise<Seen> {
  const program = join(import.meta.dirname, 'whoami-process.ts');
  const surroundings = {PATH: process.env.PATH, ...env};
  const {stdout} = await run(process.execPath, [...process.execArgv, program, JSON.stringify(options)], {
    env: surroundings,
  });
  return JSON.parse(stdout);
}

/** Asks by kubectl, with its own flags. */
export async function kubectlWhoami(args: string[], env: NodeJS.ProcessEnv, home = '/nonexistent'): Promise<Seen> {
  const kubectl = await kubectlBinary();
  const surroundings = {HOME: home, PATH: process.env.PATH, ...shortLived, ...env};
  return new Promise((resolve) => {
    const child = execFile(
      kubectl,
      ['auth', 'whoami', '-o', 'json', '--cache-dir', '/nonexistent', ...args],
      {env: surroundings, timeout: 60_000},
      (error, stdout, stderr) => resolve(error ? {error: stderr || error.message} : seen(JSON.parse(stdout))),
    );
    child.stdin?.end();
  });
}

/** The program's options as kubectl's flags. */
export function kubectlFlags(options: ConnectionOptions): string[] {
  const {kubeconfig, context, cluster, user, server, tlsServerName, insecureSkipTlsVerify, as, asGroup = []} = options;
  const named = {
    kubeconfig,
    context,
    cluster,
    user,
    server,
    'tls-server-name': tlsServerName,
    as,
    'as-uid': options.asUid,
    'certificate-authority': options.certificateAuthority,
    'client-certificate': options.clientCertificate,
    'client-key': options.clientKey,
  };
  return [
    ...Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ...(insecureSkipTlsVerify ? ['--insecure-skip-tls-verify'] : []),
    ...(options.asUserExtra ?? []).flatMap((pair) => ['--as-user-extra', pair]),
    ...asGroup.flatMap((group) => ['--as-group', group]),
  ];
}

/** What a review says; what is no review is passed on. */
export function seenBy(review: Review | Seen): Seen {
  return 'status' in review ? seen(review) : review;
}

function seen({status: {userInfo}}: Review): Seen {
  return {user: userInfo.username, groups: userInfo.groups ?? []};
}

/** The name alone; undefined where there was none. */
export function userOf(seen: Seen): string | undefined {
  return 'user' in seen ? seen.user : undefined;
}
