import {randomUUID} from 'node:crypto';
import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {named} from '../cluster/connection/named.ts';
import {forgetLocalID} from '../cluster/local-id.ts';
import {configMapName, homeOf, readStored, resetClusterID, storeClusterID} from '../cluster/stored-id.ts';
import {UserError} from '../errors.ts';
import {requireOwnSettings, type Surroundings, stateDirectoryIfAny} from '../settings.ts';
import {type ClusterID, clusterID, givenID} from './cluster-id.ts';
import {storedWarnings} from './collect.ts';
import {findChosenSeldon} from './find-seldon.ts';
import {withConnection} from './with-connection.ts';
import {afterWord, type Word, wordOf} from './word.ts';

/** What to do about the ID besides telling it. */
export interface IdOptions {
  readonly connection: ConnectionOptions;
  readonly namespace?: string | undefined;
  readonly clusterID?: string | undefined;
  readonly stateDir?: string | undefined;
  /** `store`: put it into the cluster where it has none. `reset`: replace it. */
  readonly change?: 'store' | 'reset' | undefined;
}

export interface IdResult {
  readonly id: ClusterID;
  readonly cluster: Pick<Connection, 'context' | 'server' | 'user'>;
  /** Namespace of the ConfigMap that keeps the ID, or would. */
  readonly home: string;
  readonly changed: boolean;
  /** The cluster's own word on reports of it. */
  readonly word: Word;
  /** What the person should know; one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Tells the cluster's ID, and stores or replaces it.
 *
 * @param confirm asked before an ID is replaced, with a question that names the cluster
 * @throws {UserError}
 */
export async function id(
  options: IdOptions,
  around: Surroundings,
  confirm: (question: string) => Promise<boolean>,
): Promise<IdResult> {
  givenID(options.clusterID, around);
  return withConnection(options.connection, around, (connection) => idFrom(connection, options, around, confirm));
}

/** The same of the cluster that is connected. */
export async function idFrom(
  connection: Connection,
  options: IdOptions,
  around: Surroundings,
  confirm: (question: string) => Promise<boolean>,
): Promise<IdResult> {
  // What is stored in a cluster is not shown before: --reset asks for the cluster alone.
  if (options.change) requireOwnSettings(around, 'input', 'Nothing was changed.');
  const given = givenID(options.clusterID, around);
  const {context, server, user} = connection;
  const seldon = await findChosenSeldon(connection, options.namespace);
  const stored = await readStored(connection, seldon, options.namespace);
  const home = stored.namespace ?? homeOf(seldon, options.namespace);
  const warnings = storedWarnings(stored);
  const result = (id: ClusterID, changed: boolean) => ({
    id,
    cluster: {context, server, user},
    home,
    changed,
    word: wordOf(stored),
    warnings,
  });
  const inCluster = (value: string): ClusterID => ({value, origin: {from: 'cluster', namespace: home}});
  if (options.change === 'reset') {
    // What is not a UUID is replaced where it is; of two, nobody can know which.
    if (stored.unusable && !stored.namespace) throw afterWord(wordOf(stored), stored.unusable);
    const question = `Replace the cluster ID of ${named(connection)}? It will be counted as a new cluster.`;
    if (!(await confirm(question)))
      throw new UserError('usage', 'Nothing was changed.', {suggestions: ['--yes answers the question.']});
    const value = await resetClusterID(connection, home, given?.value ?? randomUUID());
    await forgetLocalID(connection, stateDirectoryIfAny(options.stateDir, around));
    return result(inCluster(value), true);
  }
  const known = await clusterID(connection, stored, options, around);
  if (options.change !== 'store') return result(known, false);
  if (stored.unusable) throw afterWord(wordOf(stored), stored.unusable);
  if (stored.clusterID) {
    if (stored.clusterID === known.value) return result(inCluster(stored.clusterID), false);
    throw new UserError(
      'input',
      `The cluster already has another ID: ${stored.clusterID}, in the ConfigMap ${configMapName} of ${home}.`,
      {
        suggestions: ['--reset replaces it.'],
      },
    );
  }
  const value = await storeClusterID(connection, home, known.value);
  return result(inCluster(value), true);
}
