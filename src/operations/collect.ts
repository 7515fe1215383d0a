import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {readExtensions} from '../cluster/extensions.ts';
import {isUuid} from '../cluster/local-id.ts';
import {readNodes} from '../cluster/nodes.ts';
import {type Seldon, whyNoVersion} from '../cluster/seldon.ts';
import {readSnapshot} from '../cluster/snapshot.ts';
import {homeOf, readStored, type Stored} from '../cluster/stored-id.ts';
import {readVersion} from '../cluster/version.ts';
import {readAgreed} from '../consent/agreed.ts';
import {type Scope, scopeOf, widerThan} from '../consent/scope.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {
  buildReport,
  type Choices,
  type Extension,
  type FieldPath,
  fieldsNewerThan,
  InvalidReport,
  isGuessable,
  isOptionalField,
  type NodeFacts,
  type NodeReport,
  nodeBuilder,
  type Report,
  withheldResources,
  withoutFields,
} from '../report/index.ts';
import {type Surroundings, stateDirectoryIfAny} from '../settings.ts';
import {type ClusterID, clusterID, givenID} from './cluster-id.ts';
import {findChosenSeldon} from './find-seldon.ts';
import {type Word, wordOf} from './word.ts';

/** What the user may say about a report, whichever command builds it. */
export interface CollectOptions extends Required<Choices> {
  readonly connection: ConnectionOptions;
  /** Namespace of the operator, where there are several. */
  readonly namespace?: string | undefined;
  readonly clusterID?: string | undefined;
  /** Offline: a file that kubectl printed, or `-`. No cluster is contacted. */
  readonly nodes?: string | undefined;
  /** Offline: what the cluster would say. */
  readonly serverVersion?: string | undefined;
  readonly seldonVersion?: string | undefined;
  /** File or folder of extensions. */
  readonly extensions?: string | undefined;
  readonly stateDir?: string | undefined;
  /** Take in fields that are newer than the last report that was agreed to for this cluster. */
  readonly acceptWider?: boolean;
  /** Nothing is written, not even an ID of this user's for the cluster: a dry run. */
  readonly keepsNothing?: boolean;
}

/** A report and what a person wants to know about it. */
export interface Collected {
  readonly report: Report;
  /** Absent offline if none was given; then the report's is empty, and it can't be sent. */
  readonly clusterID?: ClusterID;
  /** The cluster that was read; absent offline. */
  readonly cluster?: Pick<Connection, 'context' | 'server' | 'user'>;
  /** Namespace in which the cluster keeps its ID, or would. */
  readonly home?: string;
  /** The cluster's own word on reports of it, and where it was looked for; absent offline. */
  readonly word?: Word;
  /** Why the report holds no version of Seldon Core. */
  readonly noSeldonVersion?: string;
  readonly notSent: NotSent;
  /** How much the report may hold, and what of it goes beyond what was last agreed to here; a clause each. */
  readonly scope: Scope;
  readonly wider: readonly string[];
  /** What the person should know; one sentence each. */
  readonly warnings: readonly string[];
}

/** What was read and does not leave. */
export interface NotSent {
  /** Nodes whose name, machine ID and system UUID went into a hash. */
  readonly hashedNodes: number;
  /** Nodes with neither machine ID nor system UUID: their ID could be guessed from the name. */
  readonly guessableNodes: number;
  /** Resource names that are not well known, sorted, with the number of nodes that have them. */
  readonly withheld: readonly {readonly resource: string; readonly nodes: number}[];
  /** Fields left out by the user. */
  readonly omitted: readonly string[];
  /** Fields that the program which built the last report that was agreed to here did not know. */
  readonly unknownThen: readonly string[];
}

/** Called as nodes arrive, with their number so far. */
export type Progress = (nodes: number) => void;

const seldonVersionKey = 'seldon-core-version';

/**
 * Builds the report: of the cluster, or offline of a file. Reads only; the cluster is not changed.
 *
 * @throws {UserError}
 */
export async function collect(options: CollectOptions, around: Surroundings, progress?: Progress): Promise<Collected> {
  const fromFiles = options.extensions === undefined ? [] : readExtensions(options.extensions);
  if (options.nodes !== undefined) return collectOffline(options, around, fromFiles, progress);
  for (const [flag, value] of [
    ['--server-version', options.serverVersion],
    ['--seldon-version', options.seldonVersion],
  ]) {
    if (value !== undefined)
      throw new UserError('usage', `${flag} goes with --nodes: a cluster tells its version itself.`);
  }
  givenID(options.clusterID, around);
  // Imported where a cluster is spoken to: Node's HTTP and TLS are a third of the start of `show FILE`.
  const {connect} = await import('../cluster/connection/connect.ts');
  const connection = await connect(options.connection, around);
  try {
    return await collectFrom(connection, options, around, fromFiles, progress);
  } finally {
    connection.close();
  }
}

async function collectFrom(
  connection: Connection,
  options: CollectOptions,
  around: Surroundings,
  fromFiles: Extension[],
  progress?: Progress,
): Promise<Collected> {
  const {omit, namespace} = options;
  const gathered = gatherNodes(options, progress);
  // The nodes take longest: they are asked for first.
  const [, {seldon, stored}, masterVersion] = await Promise.all([
    omit.has('nodes') ? undefined : readNodes(connection, gathered),
    readSeldon(connection, namespace),
    omit.has('masterVersion') ? '' : readVersion(connection),
  ]);
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
      word: wordOf(stored),
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
          'Operators could not be looked for in all namespaces, for want of rights: a no that stands in the namespace of another one was not seen.',
        ]),
  ];
}

/** The operators, and what the cluster says of itself where they are: the second needs the first, but not the nodes. */
async function readSeldon(connection: Connection, namespace?: string): Promise<{seldon: Seldon; stored: Stored}> {
  const seldon = await findChosenSeldon(connection, namespace);
  return {seldon, stored: await readStored(connection, seldon, namespace)};
}

async function collectOffline(
  options: CollectOptions,
  around: Surroundings,
  fromFiles: Extension[],
  progress?: Progress,
): Promise<Collected> {
  const id = givenID(options.clusterID, around);
  const gathered = gatherNodes(options, progress);
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

interface Gathered {
  nodes: NodeReport[];
  guessable: number;
  withheld: Map<string, number>;
  start(): void;
  node(facts: NodeFacts): void;
}

/** Takes nodes as they come and keeps of each only its report. */
function gatherNodes(choices: Required<Choices>, progress?: Progress): Gathered {
  const build = nodeBuilder(choices);
  const withheldOf = new WeakMap<NodeFacts['capacity'], string[]>();
  return {
    nodes: [],
    guessable: 0,
    withheld: new Map(),
    start() {
      this.nodes = [];
      this.guessable = 0;
      this.withheld.clear();
    },
    node(facts) {
      this.nodes.push(asUserError(() => build(facts)));
      if (isGuessable(facts)) this.guessable++;
      if (choices.capacity === 'known' && !choices.omit.has('nodes.capacity')) {
        const withheld = withheldOf.get(facts.capacity) ?? withheldResources(facts);
        withheldOf.set(facts.capacity, withheld);
        for (const resource of withheld) this.withheld.set(resource, (this.withheld.get(resource) ?? 0) + 1);
      }
      progress?.(this.nodes.length);
    },
  };
}

/** A file's own value for the version of Seldon Core is the user's word and wins. */
function withSeldonVersion(fromFiles: readonly Extension[], version: string | undefined): Extension[] {
  if (!version || fromFiles.some(({name}) => name === seldonVersionKey)) return [...fromFiles];
  return [...fromFiles, {name: seldonVersionKey, value: version}].sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Finishing {
  masterVersion: string;
  extensions: Extension[];
  id: ClusterID | undefined;
  agreed: Scope | undefined;
  rest: Omit<Collected, 'report' | 'clusterID' | 'notSent' | 'scope' | 'wider'>;
}

/** What was last agreed to for a cluster here; undefined where nothing is known of that. */
function agreedTo(id: ClusterID | undefined, {stateDir}: CollectOptions, around: Surroundings): Scope | undefined {
  const folder = id && stateDirectoryIfAny(stateDir, around);
  return folder === undefined ? undefined : readAgreed(folder, id!.value);
}

/** Optional fields that are newer than what was agreed to: nobody has seen them yet. */
function newerFields(agreed: Scope | undefined, {omit, acceptWider}: CollectOptions): Set<FieldPath> {
  if (!agreed || acceptWider || !/^v?\d/.test(agreed.version)) return new Set();
  return new Set(fieldsNewerThan(agreed.version).filter((path) => isOptionalField(path) && !omit.has(path)));
}

function finish(
  options: CollectOptions,
  {nodes, guessable, withheld}: Gathered,
  {masterVersion, extensions, id, agreed, rest}: Finishing,
): Collected {
  const {omit, capacity} = options;
  const timestamp = Math.floor(Date.now() / 1000);
  const newer = newerFields(agreed, options);
  const report = withoutFields(
    asUserError(() =>
      buildReport({timestamp, clusterID: id?.value ?? 'none', masterVersion, nodes, extensions}, {omit}),
    ),
    newer,
  );
  if (!id) report.clusterID = '';
  const built = scopeOf(report, {omit: [...omit, ...newer], capacity});
  // What is withheld stays so until it is agreed to: the next run must not take this report for the agreement.
  const scope = newer.size > 0 ? {...built, version: agreed!.version} : built;
  const sent = omit.has('nodes') ? 0 : nodes.length;
  return {
    report,
    ...(id ? {clusterID: id} : {}),
    ...rest,
    notSent: {
      hashedNodes: sent,
      guessableNodes: guessable,
      withheld: [...withheld]
        .map(([resource, count]) => ({resource, nodes: count}))
        .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
      omitted: [...omit],
      unknownThen: [...newer],
    },
    scope,
    wider: widerThan(agreed, scope),
  };
}

function asUserError<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof InvalidReport)) throw error;
    const problems = error.problems.slice(0, 5).map(({path, message}) => `${clean(path, 120)} ${clean(message, 120)}`);
    throw new UserError('input', `What was read makes no valid report: ${problems.join('; ')}.`, {
      suggestions: ['--omit FIELD leaves an optional field out; show --explain lists them.'],
      cause: error,
    });
  }
}

/** A report is complete, and can be sent, only with a cluster ID. */
export function requireID({clusterID}: Collected): void {
  if (clusterID && isUuid(clusterID.value)) return;
  throw new UserError('usage', 'Offline, a report needs --cluster-id: the cluster is not there to tell it.', {
    suggestions: ['seldon-usage id, run where the cluster can be reached, prints it.'],
  });
}
