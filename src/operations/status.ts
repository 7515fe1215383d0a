import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {type Core2, findCore2, placesMeant} from '../cluster/core2/find.ts';
import {likelyNamespaces} from '../cluster/seldon.ts';
import {readStored} from '../cluster/stored-id.ts';
import {UserError} from '../errors.ts';
import {noSuchRelease} from '../helm/choose.ts';
import {type Core2Status, core2Status} from '../helm/core2.ts';
import {core2Charts} from '../helm/core2-values.ts';
import {MalformedManifest} from '../helm/documents.ts';
import {findHelm, type HelmProgram} from '../helm/helm-program.ts';
import {type ReleaseStatus, releaseStatus} from '../helm/release-status.ts';
import {type FoundRelease, findReleases} from '../helm/releases.ts';
import {type LooseOperator, looseOperators} from '../helm/without-release.ts';
import type {Surroundings} from '../settings.ts';
import {clusterID} from './cluster-id.ts';
import {operatorState} from './core2-operator.ts';
import {findChosenSeldon} from './find-seldon.ts';
import {type OwnSide, ownSide} from './own-side.ts';
import {withConnection} from './with-connection.ts';
import {afterWord, wordOf} from './word.ts';

export interface StatusOptions {
  readonly connection: ConnectionOptions;
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
  readonly helm?: string | undefined;
  readonly clusterID?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly url?: string | undefined;
}

/** Whether this cluster reports, since when, and who decides. */
export interface Status {
  readonly cluster: Pick<Connection, 'context' | 'server' | 'user'>;
  readonly releases: readonly ReleaseStatus[];
  /** Operators that no release was found for. */
  readonly operators: readonly LooseOperator[];
  readonly seldonCore2?: Core2Status;
  /** What could not be read for want of rights: there may be more than was found. */
  readonly unreadable: readonly string[];
  /** Whether what was found answers the question: an operator whose release can't be read does not. */
  readonly determined: boolean;
  /** Helm's program, by which the value would be changed; absent: none was found. */
  readonly helm?: Pick<HelmProgram, 'path' | 'version'>;
  readonly own: OwnSide;
}

/**
 * Looks at the releases and at this tool's own side. Reads only; prints no values and no Secrets.
 *
 * @throws {UserError} cluster, if nothing could be determined
 */
export async function status(options: StatusOptions, around: Surroundings): Promise<Status> {
  return withConnection(options.connection, around, (connection) => statusFrom(connection, options, around));
}

/** The same of the cluster that is connected. */
export async function statusFrom(
  connection: Connection,
  options: StatusOptions,
  around: Surroundings,
): Promise<Status> {
  const {namespace, release} = options;
  const likely = await likelyNamespaces(connection);
  const ofCore2 = ({record}: FoundRelease) => core2Charts.includes(record.chart.metadata.name);
  const searched = findReleases(connection, {namespace, release, likely, charts: core2Charts});
  const [seldon, all, core2, helm] = await Promise.all([
    findChosenSeldon(connection, namespace),
    searched,
    findCore2(connection, namespace, async () => (await searched).releases.filter(ofCore2).map((one) => one.namespace)),
    findHelm(options.helm, around).catch((error: unknown) => {
      if (options.helm !== undefined || !(error instanceof UserError)) throw error;
      return undefined;
    }),
  ]);
  const found = {...all, releases: all.releases.filter((one) => !ofCore2(one))};
  if (release !== undefined && all.releases.length === 0 && found.unreadable.length + found.damaged.length === 0) {
    const elsewhere = (await findReleases(connection, {likely, charts: core2Charts})).releases;
    throw noSuchRelease({namespace, release}, elsewhere);
  }
  const stored = await readStored(connection, seldon, namespace);
  const [{releases, refused}, operators, id, seldonCore2] = await Promise.all([
    oneByOne(connection, found.releases),
    looseOperators(
      connection,
      seldon.operators.filter(({core2}) => !core2),
      found.releases,
    ),
    clusterID(connection, stored, options, around),
    core2 && ofHodometer(connection, core2, all.releases.filter(ofCore2), options),
  ]);
  const unreadable = [
    ...found.unreadable,
    ...refused.map(({name}) => name),
    ...seldon.forbidden.map((place) => `the operator's workload in ${place === '*' ? 'all namespaces' : place}`),
  ];
  if (releases.length === 0 && operators.length === 0 && !seldonCore2 && unreadable.length > 0)
    throw afterWord(wordOf(stored), found.damaged[0] ?? refused[0]?.error ?? undetermined(unreadable));
  const {context, server, user} = connection;
  return {
    cluster: {context, server, user},
    releases,
    operators,
    ...(seldonCore2 ? {seldonCore2} : {}),
    unreadable,
    determined: releases.length > 0 || found.unreadable.length + refused.length === 0,
    ...(helm ? {helm: {path: helm.path, version: helm.version}} : {}),
    own: ownSide(id, stored, options, around),
  };
}

/** Hodometer, with what acts on its switch. */
async function ofHodometer(
  connection: Connection,
  {places, unreadable}: Core2,
  releases: readonly FoundRelease[],
  {namespace, connection: {kubeconfig}}: StatusOptions,
): Promise<Core2Status> {
  const looked = {places: placesMeant(places, namespace), unreadable};
  const found = await core2Status(connection, looked, releases, kubeconfig);
  const decided = looked.places.find(({runtimes}) => runtimes.length > 0);
  if (!decided) return found;
  const {runs, found: operators} = await operatorState(connection, decided.namespace);
  return {...found, operator: {runs, found: operators}};
}

/** A release that is refused is named, and in nobody's way. One after the other, since each may be large. */
async function oneByOne(connection: Connection, found: readonly FoundRelease[]) {
  const releases: ReleaseStatus[] = [];
  const refused: {name: string; error: UserError}[] = [];
  for (const one of found) {
    try {
      releases.push(await releaseStatus(connection, one));
    } catch (error) {
      if (!(error instanceof UserError && ['release', 'input'].includes(error.code))) throw error;
      const what = error instanceof MalformedManifest ? `whose manifest is refused: ${error.what}` : error.message;
      refused.push({name: `the release ${one.namespace}/${one.name}, ${what}`, error});
    }
  }
  return {releases, refused};
}

function undetermined(unreadable: readonly string[]): UserError {
  return new UserError('cluster', 'Nothing of Seldon Core could be found, because too little may be read.', {
    suggestions: [
      `Not readable: ${unreadable.join(', ')}`,
      'Name the namespace of the operator with --namespace, or ask for the right to list Secrets and Deployments there.',
    ],
  });
}
