// A connection of the program under test to a server of the tests, with a record of the waits instead of waiting.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect} from '../../../src/cluster/connection/connect.ts';
import type {Connection, ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import type {Surroundings} from '../../../src/settings.ts';
import {writeKubeconfig} from '../../rig/kubeconfig.ts';
import {type Route, type Scripted, startScripted} from '../../rig/scripted.ts';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, {recursive: true, force: true});
});

/** A folder that is gone when the process is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-test-'));
  folders.push(folder);
  return folder;
}

/** Surroundings that hold nothing of the person who runs the tests. */
export function bareSurroundings(env: NodeJS.ProcessEnv = {}): Surroundings {
  return {env, home: temporaryFolder()};
}

export interface Recorded extends Connection {
  /** Milliseconds that would have been waited before each further attempt. */
  readonly waits: number[];
}

/** Connects by a kubeconfig. Waits are recorded, and `onWait` is run in their place. */
export async function connectBy(
  kubeconfig: string,
  options: ConnectionOptions = {},
  onWait: (milliseconds: number) => Promise<unknown> = async () => {},
): Promise<Recorded> {
  const waits: number[] = [];
  const wait = (milliseconds: number) => {
    waits.push(milliseconds);
    return onWait(milliseconds);
  };
  return {...(await connect({...options, kubeconfig}, bareSurroundings())), waits, wait};
}

/** Writes a kubeconfig for a scripted server. */
export function kubeconfigOf({url, ca}: Pick<Scripted, 'url' | 'ca'>, credentials: object = {token: 'scripted-token'}) {
  const path = join(temporaryFolder(), 'kubeconfig');
  writeKubeconfig(path, {
    server: url,
    ca,
    credentials: credentials as Record<string, unknown>,
    userName: 'jane',
    context: 'scripted',
  });
  return path;
}

/** Runs `body` against a server that answers by the routes, and ends the server. */
export async function withScripted<T>(
  routes: Record<string, Route>,
  body: (connection: Recorded, server: Scripted) => Promise<T>,
  options: ConnectionOptions = {},
): Promise<T> {
  const server = await startScripted({routes});
  const connection = await connectBy(kubeconfigOf(server), options);
  try {
    return await body(connection, server);
  } finally {
    connection.close();
    await server.close();
  }
}

/** The error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<Error & {code?: string; suggestions?: string[]}> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('no error, where one was expected');
}
