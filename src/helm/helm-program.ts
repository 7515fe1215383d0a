import {spawn} from 'node:child_process';
import {delimiter, resolve} from 'node:path';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {absoluteFolders, findProgram, isProgram} from '../host/find-program.ts';
import type {Surroundings} from '../settings.ts';
import {killFamily, watchMemory} from './child-bounds.ts';
import {helmVersion} from './helm-version.ts';

/** The user's Helm. */
export interface HelmProgram {
  readonly path: string;
  readonly major: 3 | 4;
  /** `v3.21.4`, without the commit. */
  readonly version: string;
}

/** How a run of Helm ended. */
export interface HelmRun {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** What it said, as it said it: never shown without `clean`, and without Secret values. */
  readonly stderr: string;
  /** Which of its bounds it was killed for; absent where it was for none. */
  readonly ended?: 'time' | 'memory';
}

/** Longest that a Helm may take to tell its version, milliseconds: from a cold disk it takes some. */
const longestVersion = 60_000;

const install = 'Install Helm 3.13 or later (https://helm.sh/docs/intro/install), or name it with --helm.';

/**
 * Finds Helm in PATH, or takes the one that is named, and asks it for its version.
 *
 * @throws {UserError} usage, if there is none or it is too old or too new; helm, if it does not run
 */
export async function findHelm(named: string | undefined, around: Surroundings): Promise<HelmProgram> {
  const path = lookUp(named ?? 'helm', around.env.PATH ?? '');
  if (!path) {
    throw new UserError('usage', named ? `${clean(named)} is not a program.` : 'Helm was not found in PATH.', {
      suggestions: [install],
    });
  }
  const run = await runHelm(path, ['version', '--template', '{{.Version}}'], helmEnvironment(around.env), {
    most: longestVersion,
  });
  const found = run.code === 0 ? helmVersion(run.stdout) : undefined;
  if (!found) {
    throw new UserError('helm', `${clean(path)} does not tell its version: ${clean(run.stderr || run.stdout)}`, {
      suggestions: [install],
    });
  }
  const {version, major, minor} = found;
  if ((major === 3 && minor >= 13) || major === 4) return {path, major, version};
  throw new UserError('usage', `Helm ${version} can't be used here.`, {suggestions: [install]});
}

function lookUp(name: string, searchPath: string): string | undefined {
  if (!name.includes('/')) return findProgram(name, searchPath);
  const path = resolve(name);
  return isProgram(path) ? path : undefined;
}

/** What would lead Helm elsewhere, make it say more than it should, or have it run other code. */
const leading = /^(?:HELM_.*|KUBE.*|NODE_.*|(?:https?|all|no|ftp)_proxy|SELDON_USAGE_.*)$/i;

/** What is named as a credential: Helm needs none, the gate has the cluster's. */
const credential =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|COOKIE|AUTH|APIKEY|(?:ACCESS|SECRET|PRIVATE|API|SUBSCRIPTION)_KEY)(?:_|$)|^(?:AWS|AZURE|ARM|AZ|GOOGLE|CLOUDSDK|GCP|GCLOUD|OCI|ALIBABA|ALIBABACLOUD|DIGITALOCEAN|DO|IBMCLOUD|LINODE|SCW|HCLOUD|VAULT|OS|OIDC|SSH)_/i;

/**
 * The environment for Helm: the user's, without what would lead it past the gate, and without credentials, those of the
 * kubeconfig's plugins included.
 */
export function helmEnvironment(env: NodeJS.ProcessEnv, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !leading.test(name) && !credential.test(name));
  const path = env.PATH === undefined ? {} : {PATH: absoluteFolders(env.PATH).join(delimiter)};
  return {...Object.fromEntries(kept), ...path, ...more};
}

/** What a run may be given. */
export interface RunOptions {
  /** Passed on to Helm, which then ends in its own way. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which Helm is killed: while it renders, it ends by no other signal. */
  readonly most?: number;
  /** Asked `grace` after the signal: whether Helm may be killed now. Absent: it never is. */
  readonly mayKill?: () => boolean;
  /** Milliseconds that Helm has to end in its own way once it was told to. */
  readonly grace?: number;
  /** Bytes that Helm and what it starts may have in memory. */
  readonly memory?: number;
}

/** Most of an output that is kept, characters. */
const mostOutput = 64 * 1024 * 1024;

/** What a person waits for after Ctrl-C, milliseconds. */
const usualGrace = 5_000;

/** Helm takes 200 MB for the largest of Seldon's charts, and the post-renderer as much again. */
const usualMemory = 2 ** 30;

/**
 * Runs Helm to its end, however it ends.
 *
 * @throws {UserError} helm, if it can't be started
 */
export async function runHelm(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  {signal, most, mayKill, grace = usualGrace, memory = usualMemory}: RunOptions,
): Promise<HelmRun> {
  return new Promise((resolve, reject) => {
    // Go's collector works harder as it comes near, where nobody else watches.
    const child = spawn(path, args, {
      env: {...env, GOMEMLIMIT: String(Math.floor(memory * 0.9))},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = {stdout: '', stderr: ''};
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        if (output[name].length < mostOutput) output[name] += chunk;
      });
    }
    let ended: HelmRun['ended'];
    const kill = (why?: NonNullable<HelmRun['ended']>) => {
      ended ??= why;
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killFamily(child.pid);
    };
    let patience: NodeJS.Timeout | undefined;
    const passOn = () => {
      child.kill(signal?.reason === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
      patience = setTimeout(() => mayKill?.() && kill(), grace);
    };
    if (signal?.aborted) passOn();
    signal?.addEventListener('abort', passOn);
    const limit = most === undefined ? undefined : setTimeout(kill, most, 'time');
    const unwatch =
      child.pid === undefined
        ? undefined
        : watchMemory(child.pid, memory, () => {
            ended ??= 'memory';
          });
    const done = () => {
      signal?.removeEventListener('abort', passOn);
      clearTimeout(patience);
      clearTimeout(limit);
      unwatch?.();
    };
    child.once('error', (error) => {
      done();
      reject(
        new UserError('helm', `${clean(path)} can't be started: ${clean(error.message)}`, {
          suggestions: [install],
          cause: error,
        }),
      );
    });
    child.once('close', (code, last) => {
      done();
      resolve({code, signal: last, ...output, ...(ended === undefined ? {} : {ended})});
    });
  });
}
