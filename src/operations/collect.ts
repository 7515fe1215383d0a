import type {Connection} from '../cluster/connection/connection.ts';
import {readNodes} from '../cluster/nodes.ts';
import {findSeldon, whyNoVersion} from '../cluster/seldon.ts';
import {homeOf, readStored, type Stored} from '../cluster/stored-id.ts';
import {readVersion} from '../cluster/version.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Extension} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {clusterID, givenID} from './cluster-id.ts';
import type {Collected, CollectOptions, Progress} from './collected.ts';
import {requireChosen} from './find-seldon.ts';
import {agreedTo, finish} from './finish-report.ts';
import {type Gathered, gatherNodes} from './gather-nodes.ts';
import {withConnection} from './with-connection.ts';
import {afterWord, wordOf} from './word.ts';

export {type Collected, type CollectOptions, type NotSent, type Progress, requireID} from './collected.ts';

const seldonVersionKey = 'seldon-core-version';

/**
 * Builds the report: of the cluster, or offline of a file. Reads only; the cluster is not changed.
 *
 * @throws {UserError}
 */
export async function collect(options: CollectOptions, around: Surroundings, progress?: Progress): Promise<Collected> {
  if (options.nodes !== undefined) return collectOffline(options, around, progress);
  await requireOnline(options, around);
  return withConnection(options.connection, around, (connection) => collectFrom(connection, options, around, progress));
}

/**
 * Refuses, before any cluster is asked, what does not go with one.
 *
 * @throws {UserError} usage; input, if the extensions can't be read
 */
export async function requireOnline(options: CollectOptions, around: Surroundings): Promise<void> {
  await extensionsOf(options);
  for (const [flag, value] of [
    ['--server-version', options.serverVersion],
    ['--seldon-version', options.seldonVersion],
  ]) {
    if (value !== undefined)
      throw new UserError('usage', `${flag} goes with --nodes: a cluster tells its version itself.`);
  }
  givenID(options.clusterID, around);
}

async function extensionsOf({extensions, unasked}: CollectOptions): Promise<Extension[]> {
  if (extensions === undefined) return [];
  // Loaded, as a reader of files is, where somebody gives some.
  const {readExtensions} = await import('../cluster/extensions.ts');
  return readExtensions(extensions, unasked);
}

/** Builds the report of the cluster that is connected. */
export async function collectFrom(
  connection: Connection,
  options: CollectOptions,
  around: Surroundings,
  progress?: Progress,
): Promise<Collected> {
  const {omit, namespace} = options;
  const fromFiles = await extensionsOf(options);
  const gathered = gatherNodes(options, progress);
  const nodes = omit.has('nodes') ? undefined : await askForNodes(connection, gathered);
  const others = Promise.all([nodes?.read, omit.has('masterVersion') ? '' : readVersion(connection)]);
  // What fails of them is thrown below, unless the cluster's own word comes first.
  others.catch(() => {});
  // The operators, and what the cluster says of itself where they are: the second needs the first, but not the nodes.
  const seldon = await findSeldon(connection, namespace);
  const stored = await readStored(connection, seldon, namespace);
  const word = wordOf(stored);
  options.heard?.(word);
  const [[, masterVersion]] = await Promise.all([others, requireChosen(connection, namespace, seldon)]).catch(
    (error: unknown) => Promise.reject(afterWord(word, error)),
  );
  const id = await clusterID(connection, stored, options, around);
  const noSeldonVersion = omit.has('extensions') ? undefined : whyNoVersion(seldon);
  return finish(options, gathered, {
    masterVersion,
    extensions: withSeldonVersion(fromFiles, seldon.operators[0]?.version),
    id,
    agreed: agreedTo(id, options, around),
    rest: {
      cluster: {context: connection.context, server: connection.server, user: connection.user},
      home: homeOf(seldon, namespace),
      word,
      ...(noSeldonVersion ? {noSeldonVersion} : {}),
      warnings: [
        ...(id.origin.from === 'local' && !id.origin.path && !options.keepsNothing
          ? ['The cluster ID could not be kept: the state directory is not writable, and the next one will be another.']
          : []),
        ...storedWarnings(stored),
        ...(seldon.operators.length > 1 && !namespace
          ? [
              `There are ${seldon.operators.length} Seldon Core operators; the newest counts, in ${clean(seldon.operators[0]!.namespace)}. -n chooses another.`,
            ]
          : []),
      ],
    },
  });
}

/** Milliseconds that the others wait at most for the request for the nodes to leave. */
const ahead = 10;

/**
 * Asks for the nodes, which take longest: the others make a connection each, and would hold up this one. Resolves when the request
 * has left; `read` when all nodes have been read.
 */
async function askForNodes(connection: Connection, gathered: Gathered): Promise<{readonly read: Promise<void>}> {
  const left = Promise.withResolvers<void>();
  const read = readNodes(connection, gathered, left.resolve);
  const timer = setTimeout(left.resolve, ahead);
  await Promise.race([left.promise, read.catch(() => {})]);
  clearTimeout(timer);
  return {read};
}

/** What a person should know of what could not be read; one sentence each. */
export function storedWarnings({unreadable, searched}: Stored): string[] {
  return [
    ...(unreadable.length > 0
      ? [
          `The cluster may keep an ID or forbid reporting where it could not be read, for want of rights on ConfigMaps in ${unreadable.map((place) => clean(place)).join(', ')}.`,
        ]
      : []),
    ...(searched
      ? []
      : [
          'Operators could not be looked for in all namespaces, for want of rights: a no that stands in the namespace of another one was not seen, nor an ID that the cluster keeps there.',
        ]),
  ];
}

/** Builds the report of the nodes in a file. No cluster is contacted. */
export async function collectOffline(
  options: CollectOptions,
  around: Surroundings,
  progress?: Progress,
): Promise<Collected> {
  const fromFiles = await extensionsOf(options);
  const id = givenID(options.clusterID, around);
  const gathered = gatherNodes(options, progress);
  const {readSnapshot} = await import('../cluster/snapshot.ts');
  await readSnapshot(options.nodes!, gathered);
  return finish(options, gathered, {
    masterVersion: options.serverVersion ?? '',
    extensions: withSeldonVersion(fromFiles, options.seldonVersion),
    id,
    agreed: agreedTo(id, options, around),
    rest: {
      warnings: [],
      ...(options.seldonVersion || options.omit.has('extensions')
        ? {}
        : {noSeldonVersion: 'offline; --seldon-version tells it'}),
    },
  });
}

/** A file's own value for the version of Seldon Core is the user's word and wins. */
function withSeldonVersion(fromFiles: readonly Extension[], version: string | undefined): Extension[] {
  if (!version || fromFiles.some(({name}) => name === seldonVersionKey)) return [...fromFiles];
  return [...fromFiles, {name: seldonVersionKey, value: version}].sort((a, b) => (a.name < b.name ? -1 : 1));
}
