import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {readCounts} from '../cluster/core2/counts.ts';
import {type Core2Place, findCore2, placesMeant} from '../cluster/core2/find.ts';
import type {HodometerDeployment} from '../cluster/core2/hodometer.ts';
import {type Verdict, verdictOf} from '../cluster/core2/verdict.ts';
import {readVersion} from '../cluster/version.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type EventProperty, eventOf, type Fact} from '../report/hodometer/event.ts';
import type {Surroundings} from '../settings.ts';
import {withConnection} from './with-connection.ts';

/** A Hodometer and what it sends, or would if it ran. */
export interface SeenHodometer extends HodometerDeployment, Pick<Verdict, 'state'> {
  /** Absent where its level is none that it knows: it exits at its start. */
  readonly event?: readonly EventProperty[];
}

/** One whose event can be told. */
export type HodometerEvent = SeenHodometer & Required<Pick<SeenHodometer, 'event'>>;

/** What Hodometer sends of a cluster with Seldon Core 2. */
export interface SeenCore2 {
  readonly hodometers: readonly SeenHodometer[];
  /** Where something of it is without a Deployment: a runtime that wants one, or pods that outlived theirs. */
  readonly without: readonly ({readonly namespace: string} & Pick<Verdict, 'state' | 'comesBack'>)[];
  /** What could not be looked at, one clause each. */
  readonly unreadable: readonly string[];
}

/** How to look. */
export interface HodometerOptions {
  readonly connection: ConnectionOptions;
  /** Which one, where there are several. */
  readonly namespace?: string | undefined;
}

/**
 * What Hodometer sends of the cluster. Reads only; what can't be read is said, and stops nothing.
 *
 * @param version of Kubernetes
 * @returns undefined if the cluster has no Seldon Core 2
 */
export async function seeHodometer(
  connection: Connection,
  namespace: string | undefined,
  version: () => Promise<string>,
): Promise<SeenCore2 | undefined> {
  try {
    return await lookForHodometer(connection, namespace, version);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {hodometers: [], without: [], unreadable: [`Seldon Core 2: ${clean(error.message)}`]};
  }
}

/** @throws {UserError} cluster, if the server does not answer */
async function lookForHodometer(
  connection: Connection,
  namespace: string | undefined,
  version: () => Promise<string>,
): Promise<SeenCore2 | undefined> {
  const core2 = await findCore2(connection, namespace);
  if (!core2) return undefined;
  const places = placesMeant(core2.places, namespace);
  const hodometers: SeenHodometer[] = [];
  for (const place of places)
    for (const one of place.deployments) hodometers.push(await see(connection, place, one, version));
  const without = places.filter(({deployments}) => deployments.length === 0);
  return {
    hodometers,
    without: without
      .map((place) => ({namespace: place.namespace, ...verdictOf(place)}))
      .map(({namespace: where, state, comesBack}) => ({namespace: where, state, comesBack})),
    unreadable: core2.unreadable,
  };
}

async function see(
  connection: Connection,
  place: Core2Place,
  one: HodometerDeployment,
  version: () => Promise<string>,
): Promise<SeenHodometer> {
  const {state} = verdictOf(place);
  const {level} = one;
  if (level === 'invalid') return {...one, state};
  const [counts, kubernetes] = await Promise.all([
    readCounts(connection, place.namespace, level ?? 'feature'),
    version().catch((error: unknown): string => {
      if (error instanceof UserError) return '';
      throw error;
    }),
  ]);
  const estimates = Object.entries(counts).map(([name, counted]): [string, Fact] => [
    name,
    'value' in counted
      ? {value: counted.value, source: `an estimate: ${rules[name]}`}
      : {source: `not known: ${counted.why}`},
  ]);
  const known: Record<string, Fact> = {
    collector_version: one.version
      ? {value: one.version, source: 'the tag of its image, if the image was built with it'}
      : {source: 'compiled into its image, whose tag tells no version'},
    collector_git_commit: {source: 'compiled into its image'},
    cluster_id: idFact(one),
    kubernetes_version: kubernetes
      ? {value: clean(kubernetes, 100), source: 'what the API server says of itself'}
      : {source: 'not known: the API server does not tell it'},
    ...Object.fromEntries(estimates),
  };
  const now = Math.floor(Date.now() / 1000);
  return {...one, state, event: eventOf({...(level ? {level} : {}), known, now})};
}

function idFact({clusterID, indirect}: HodometerDeployment): Fact {
  if (clusterID) return {value: clusterID, source: 'CLUSTER_ID of its Deployment'};
  if (indirect.includes('CLUSTER_ID')) return {source: 'not known: CLUSTER_ID takes its value from elsewhere'};
  return {source: 'a random one, new in each pod: CLUSTER_ID is not set'};
}

/** How a count comes about here; Hodometer asks the scheduler. */
const rules: Readonly<Record<string, string>> = {
  model_count: 'Models in its namespace',
  pipeline_count: 'Pipelines in its namespace whose PipelineReady is not False',
  experiment_count: 'Experiments in its namespace whose ExperimentReady is True',
  server_count: 'Servers with replicas that are wanted or there',
  server_replica_count: 'replicas of Servers that are wanted, else there',
  multimodel_enabled_count: 'replicas that overcommit, or have more than one model',
  overcommit_enabled_count: 'replicas whose agent has SELDON_OVERCOMMIT_PERCENTAGE over 0',
  server_memory_gb_sum: 'requests.memory of the replicas, in 10^9 bytes',
};

/**
 * The event of the one Hodometer that is meant.
 *
 * @throws {UserError} input, if there is none or its event can't be told; usage, if there are several; cluster
 */
export async function collectHodometer(
  {connection: how, namespace}: HodometerOptions,
  around: Surroundings,
): Promise<HodometerEvent> {
  return withConnection(how, around, async (connection) => {
    const seen = await lookForHodometer(connection, namespace, () => readVersion(connection));
    const found = (seen?.hodometers ?? []).filter((one) => namespace === undefined || one.namespace === namespace);
    const [one, other] = found;
    if (!one) throw noHodometer(seen, namespace);
    if (other)
      throw new UserError('usage', `There are ${found.length} Hodometers, each with an event of its own.`, {
        suggestions: [
          `Say with --namespace which: ${[...new Set(found.map((each) => clean(each.namespace)))].slice(0, 20).join(', ')}.`,
        ],
      });
    const {event} = one;
    if (event) return {...one, event};
    throw new UserError('input', 'Hodometer does not know its METRICS_LEVEL: it exits at its start and sends nothing.');
  });
}

function noHodometer(seen: SeenCore2 | undefined, namespace: string | undefined): UserError {
  const where = namespace === undefined ? '' : ` in the namespace ${clean(namespace)}`;
  if (seen && seen.unreadable.length > 0)
    return new UserError('cluster', `No Hodometer was found${where}, and not everything could be looked at.`, {
      suggestions: seen.unreadable.slice(0, 12).map((what) => `Not readable: ${clean(what)}`),
    });
  return new UserError('input', `The cluster has no Deployment of Seldon Core 2's Hodometer${where}.`, {
    suggestions: ['seldon-usage status tells what there is.'],
  });
}
