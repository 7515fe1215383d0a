import {type ChildProcess, spawn} from 'node:child_process';
import {basename} from 'node:path';
import {parse} from 'yaml';
import {systemCode, UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {findProgram} from '../../host/find-program.ts';
import type {PluginTerminal} from './connection.ts';
import type {ClusterEntry, ExecEntry} from './kubeconfig.ts';

/** What a credential plugin gave. */
export interface PluginCredentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since 1970 after which it is worth nothing; absent: not told. */
  readonly expires?: number;
}

/** What a plugin is run with. */
export interface PluginCall {
  readonly exec: ExecEntry;
  /** Told to the plugin where it asks for it, in the terms of the protocol. */
  readonly cluster: Record<string, unknown>;
  /** Of the kubeconfig, for messages. */
  readonly userName: string;
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: PluginTerminal;
  /** Milliseconds after which it is ended. */
  readonly timeout: number;
  /** Told that it is waited for, once that takes long. */
  readonly waiting?: ((sentence: string) => void) | undefined;
}

/** Milliseconds until it is told what is waited for; a person who is asked something knows that for longer. */
const untilTold = {silent: 3_000, interactive: 15_000};

/** Most bytes that a plugin may answer; real ones stay far below. */
const most = 1024 * 1024;

/**
 * Runs a credential plugin and answers what it gave: the protocol of client.authentication.k8s.io, v1 and v1beta1, as
 * k8s.io/client-go/plugin/pkg/client/auth/exec speaks it. What it writes never becomes part of an error, since it may
 * hold credentials: where there is a terminal, its standard error goes there directly.
 *
 * @throws {UserError} cluster, if it is missing, fails, hangs or answers what is no credential
 */
export async function runPlugin(call: PluginCall): Promise<PluginCredentials> {
  const {exec, terminal} = call;
  const mode = exec.interactiveMode || 'IfAvailable';
  if (mode === 'Always' && !terminal.input)
    throw terminal.shared
      ? failure(call, "wants to talk to a person, which it can't beside other clusters.", [byItself])
      : failure(call, 'wants to talk to a person, and standard input is not a terminal.', ['Run this in a terminal.']);
  const interactive = mode !== 'Never' && terminal.input;
  return read(call, await output(call, interactive));
}

/** Standard output of the plugin, once it has ended well. */
function output(call: PluginCall, interactive: boolean): Promise<string> {
  const {exec, env, terminal, timeout} = call;
  const request = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: {...(exec.provideClusterInfo ? {cluster: call.cluster} : {}), interactive},
  };
  const more = Object.fromEntries((exec.env ?? []).map(({name, value = ''}) => [name, value]));
  // A process group of its own, so that what hangs is ended with all that it started; but one that talks to a person
  // must stay in the terminal's. Windows has no groups: there it would only get a window of its own.
  const alone = terminal.output && !terminal.shared;
  const detached = !interactive && !alone && process.platform !== 'win32';
  let started: ChildProcess | undefined;
  let isGroupLeft = detached;
  const stop = () => started && end(started, isGroupLeft);
  // Before it starts: a signal in between would end the program alone.
  const unwatch = endWithProgram(stop);
  try {
    started = spawn(programOf(exec.command!, env.PATH), exec.args ?? [], {
      env: {...env, ...more, KUBERNETES_EXEC_INFO: JSON.stringify(request)},
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', terminal.output ? 'inherit' : 'ignore'],
      detached,
    });
  } catch (error) {
    // A name or an argument that no program can have.
    unwatch();
    return Promise.reject(notStarted(call, error as Error));
  }
  const child = started;
  return new Promise((resolve, reject) => {
    let text = '';
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      clearTimeout(telling);
      unwatch();
      settle();
    };
    const fail = (what: string, suggestions: string[] = []) => finish(() => reject(failure(call, what, suggestions)));
    const giveUp = (what: string, suggestions: string[]) => {
      stop();
      fail(what, suggestions);
    };
    const late = [see(call), ...(terminal.shared ? [byItself, longer] : [])];
    const timer = setTimeout(() => giveUp(`did not end within ${timeout / 1000} s.`, late), timeout);
    const telling = setTimeout(
      () => call.waiting?.(`Waiting for the ${named(call)}.`),
      interactive ? untilTold.interactive : untilTold.silent,
    );
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > most) giveUp('answers more than any credential.', [see(call)]);
    });
    // The number of a group in which nobody is can be another's by the time that it would be ended.
    child.once('exit', () => {
      isGroupLeft &&= isThere(child.pid!);
    });
    child.once('error', (error) => finish(() => reject(notStarted(call, error))));
    child.once('close', (code, signal) => {
      if (code === 0) finish(() => resolve(text));
      else fail(code === null ? `was ended by ${signal}.` : `failed with exit code ${code}.`, [see(call)]);
    });
  });
}

/**
 * A bare name is looked up here, by this program's PATH as kubectl does: the system would take an empty folder in it for the
 * current one, and run what anybody put there.
 *
 * @throws {Error} ENOENT, if there is none
 */
function programOf(command: string, searchPath = ''): string {
  const found = basename(command) === command ? findProgram(command, searchPath) : command;
  if (found !== undefined) return found;
  throw Object.assign(new Error(`ENOENT: ${command}`), {code: 'ENOENT'});
}

const byItself =
  'Where it waits for a login: log in first, or name that context alone, where it has the terminal and its time.';
const longer = '--request-timeout 5m gives plugins five minutes.';

/** What ends the plugins that run. */
const running = new Set<() => void>();
const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Has a plugin end with the program, or with what it was asked for, by whichever signal. Returns what undoes it. */
function endWithProgram(stop: () => void): () => void {
  if (running.size === 0) {
    process.on('exit', stopAll);
    for (const name of signals) process.on(name, stopBy);
  }
  running.add(stop);
  return () => {
    running.delete(stop);
    if (running.size === 0) unwatchAll();
  };
}

function unwatchAll(): void {
  process.off('exit', stopAll);
  for (const name of signals) process.off(name, stopBy);
}

function stopAll(): void {
  for (const stop of running) stop();
}

/** Where nobody else does anything about the signal, it ends the program as it would have. */
function stopBy(signal: NodeJS.Signals): void {
  stopAll();
  unwatchAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

/** Whether there is a group of this number with somebody in it who may be ended. */
function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function end(child: ChildProcess, group: boolean): void {
  child.stdout?.destroy();
  const {pid, exitCode, signalCode} = child;
  // What it has started may hold its output, and hang, when it has ended.
  if (pid === undefined || (!group && (exitCode !== null || signalCode !== null))) return;
  try {
    process.kill(group ? -pid : pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

function notStarted(call: PluginCall, error: Error): UserError {
  const code = systemCode(error);
  const {command = '', installHint} = call.exec;
  const hint = installHint ? [`The kubeconfig says: ${clean(installHint, 600)}`] : [];
  if (code !== 'ENOENT') return failure(call, `can't be started (${code}).`, hint);
  const place = command.includes('/') ? `There is no ${clean(command)}.` : 'Install it, or add its folder to PATH.';
  return failure(call, 'is not installed here.', [...hint, place]);
}

/** How to see what is not shown. */
function see({terminal}: PluginCall): string {
  return terminal.output
    ? 'What it wrote is above. Log in again as you do for kubectl.'
    : 'Log in again as you do for kubectl. What it writes is not shown here; kubectl get --raw /version shows it.';
}

function failure(call: PluginCall, what: string, suggestions: string[]): UserError {
  return new UserError('cluster', `The ${named(call)} ${what}`, {suggestions});
}

function named({exec, userName}: PluginCall): string {
  return `credential plugin ${clean(exec.command?.split('/').at(-1) ?? '', 80)} of the user ${clean(userName)}`;
}

/** The credentials in the plugin's answer; rules of Authenticator.refreshCredsLocked. */
function read(call: PluginCall, text: string): PluginCredentials {
  const refuse = (what: string) => failure(call, what, [see(call)]);
  const answer = parsed(text);
  if (!answer) throw refuse('answers something that is no ExecCredential.');
  const {apiVersion} = call.exec;
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== apiVersion)
    throw refuse(
      `answers ${clean(answer.kind, 60)} ${clean(answer.apiVersion, 60)} instead of ExecCredential ${apiVersion}.`,
    );
  const status = answer.status as Record<string, unknown> | null | undefined;
  if (typeof status !== 'object' || status === null) throw refuse('answers no status.');
  const {token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp: until} = status;
  for (const value of [token, cert, key, until])
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw refuse('answers what is not a string.');
  if (!token && !cert && !key) throw refuse('answers neither a token nor a certificate.');
  if (!cert !== !key) throw refuse('answers a certificate or a key, and not both.');
  const expires = until ? Date.parse(until as string) : undefined;
  if (Number.isNaN(expires)) throw refuse('answers with an invalid time of expiry.');
  return {
    ...(token ? {token: token as string} : {}),
    ...(cert ? {cert: cert as string, key: key as string} : {}),
    ...(expires === undefined ? {} : {expires}),
  };
}

/** JSON, or the YAML that kubectl takes as well. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text, {logLevel: 'error'});
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The cluster as a plugin is told it: type Cluster of client.authentication.k8s.io/v1. */
export function clusterInfo(server: string, entry: ClusterEntry, authority: string): Record<string, unknown> {
  const config = entry.extensions?.find(({name}) => name === 'client.authentication.k8s.io/exec')?.extension;
  return {
    server,
    'tls-server-name': entry['tls-server-name'],
    'insecure-skip-tls-verify': entry['insecure-skip-tls-verify'],
    'certificate-authority-data': authority ? Buffer.from(authority).toString('base64') : undefined,
    'proxy-url': entry['proxy-url'],
    'disable-compression': entry['disable-compression'],
    config: config ?? null,
  };
}
