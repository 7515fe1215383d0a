import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {CORE_SCHEMA, load} from 'js-yaml';
import {readKubeconfig} from '../cluster/connection/kubeconfig.ts';
import {parseKubeconfig} from '../cluster/connection/kubeconfig-text.ts';
import {type Surroundings, settings, stateDirectoryIfAny, surroundings} from '../settings.ts';

/** What a word of a command line can name. */
export type NameKind = 'context' | 'cluster' | 'user' | 'namespace' | 'release' | 'setting' | 'waiting' | 'kept';

/** Folders of the state directory whose files are named after reports. */
const reports = {waiting: ['outbox'], kept: ['outbox', 'sent', 'superseded']} as const;
/** As many reports are offered, the newest: no more than a person looks through. */
const mostReports = 100;

/**
 * Namespaces and releases as Seldon's guides name them: no file of a machine lists those that a cluster has, and to ask the
 * cluster takes longer than a person waits for the Tab key.
 */
const usual = {
  namespace: ['seldon-mesh', 'seldon-system'],
  release: ['seldon-core', 'seldon-core-v2', 'seldon-core-v2-runtime', 'seldon-core-v2-setup'],
} as const;

/**
 * Names of a kind that this machine knows, for completion: nothing is asked of a cluster. Without a kubeconfig that can
 * be read there are none of it.
 *
 * @param where the files that the command line names, as they stand there: shells replace `~` later
 */
export function knownNames(
  kind: NameKind,
  where: {readonly kubeconfig?: string | undefined; readonly stateDir?: string | undefined} = {},
): string[] {
  if (kind === 'setting') return settings.map(({name}) => name);
  if (kind === 'release') return [...usual.release];
  const around = surroundings();
  const path = (text: string | undefined) => text?.replace(/^~(?=\/)/, () => around.home);
  if (kind === 'waiting' || kind === 'kept') return reportIDs(kind, path(where.stateDir), around);
  try {
    const {contexts, clusters, users} = readKubeconfig(path(where.kubeconfig), around, quickly);
    if (kind === 'namespace') {
      const named = [...contexts.values()].flatMap(({namespace}) => namespace ?? []);
      return [...new Set([...named, ...usual.namespace])].sort();
    }
    return [...{context: contexts, cluster: clusters, user: users}[kind].keys()].sort();
  } catch {
    return kind === 'namespace' ? [...usual.namespace] : [];
  }
}

/** IDs of reports, by the names of their files alone. */
function reportIDs(kind: keyof typeof reports, stateDir: string | undefined, around: Surroundings): string[] {
  try {
    const folder = stateDirectoryIfAny(stateDir, around);
    if (folder === undefined) return [];
    const names = reports[kind].flatMap((name) => namesIn(join(folder, name)));
    return names.sort().slice(-mostReports).reverse();
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^(\w+-\w+)\.json$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** The names are the same by less care, in a third of the time; what this reader refuses is for the other to judge. */
function quickly(bytes: Buffer): unknown {
  try {
    return load(bytes.toString('utf8'), {schema: CORE_SCHEMA, json: true});
  } catch {
    return parseKubeconfig(bytes);
  }
}
