import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Level} from '../../report/hodometer/properties.ts';
import type {Connection} from '../connection/connection.ts';
import {pickPages} from './pages.ts';
import {core2Group} from './present.ts';
import {type Server, type ServerConfig, serverConfigOf, serverOf} from './servers.ts';

/** A value, or why there is none. */
export type Counted = {readonly value: number} | {readonly why: string};

/** Names of the properties that are counted from custom resources. */
export const countedNames = [
  'model_count',
  'pipeline_count',
  'experiment_count',
  'server_count',
  'server_replica_count',
  'multimodel_enabled_count',
  'overcommit_enabled_count',
  'server_memory_gb_sum',
] as const;

export type Counts = Readonly<Partial<Record<(typeof countedNames)[number], Counted>>>;

/**
 * Counts the custom resources of a namespace by the rules of the level (tags v2.0.0 to v2.10.2 of Seldon Core), where
 * Hodometer asks the scheduler: an estimate. Lists only what the level counts; each count fails alone.
 */
export async function readCounts(connection: Connection, namespace: string, level: Level): Promise<Counts> {
  if (level === 'cluster') return {};
  const list = <T>(kind: string, pick: (item: unknown) => T | undefined) => attempt(connection, kind, pick, namespace);
  // One after the other: of each list one item is in memory, which may be large.
  const models = await list('models', (item) => isThere(item) || undefined);
  const pipelines = await list(
    'pipelines',
    (item) => (isThere(item) && isReady(item, 'PipelineReady') !== false) || undefined,
  );
  const experiments = await list(
    'experiments',
    (item) => (isThere(item) && isReady(item, 'ExperimentReady') === true) || undefined,
  );
  const servers = await list('servers', serverOf);
  const feature = level === 'feature';
  // They may be the operator's, in another namespace.
  const configs = feature ? await attempt(connection, 'serverconfigs', serverConfigOf, undefined) : undefined;
  return {
    model_count: lengthOf(models),
    pipeline_count: lengthOf(pipelines),
    experiment_count: lengthOf(experiments),
    ...serverCounts(servers, configs, feature),
  };
}

/** Longest list of a kind: a custom resource takes some kilobytes. */
const mostMebibytes = 128;

type Listed<T> = {readonly items: readonly T[]} | {readonly why: string};

async function attempt<T>(
  connection: Connection,
  kind: string,
  pick: (item: unknown) => T | undefined,
  namespace: string | undefined,
): Promise<Listed<T>> {
  const group = `/apis/${core2Group}/v1alpha1`;
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  try {
    const items = await pickPages(connection, `${group}${place}/${kind}`, pick, mostMebibytes);
    if (items) return {items};
    return {why: `no right to list ${kind}${namespace === undefined ? ' in all namespaces' : ''}`};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {why: clean(error.message, 200)};
  }
}

function lengthOf(listed: Listed<unknown>): Counted {
  return 'why' in listed ? listed : {value: listed.items.length};
}

interface Like {
  readonly metadata?: {deletionTimestamp?: unknown} | null;
  readonly status?: {conditions?: unknown} | null;
}

function isThere(item: unknown): boolean {
  return typeof item === 'object' && item !== null && (item as Like).metadata?.deletionTimestamp == null;
}

/** What the condition says, or `Ready` where it is not there; undefined: nothing yet. */
function isReady(item: unknown, type: string): boolean | undefined {
  const conditions = (item as Like).status?.conditions;
  const all: unknown[] = Array.isArray(conditions) ? conditions : [];
  const say = (wanted: string) => all.find((one) => (one as {type?: unknown} | null)?.type === wanted);
  const status = ((say(type) ?? say('Ready')) as {status?: unknown} | undefined)?.status;
  return status === 'True' ? true : status === 'False' ? false : undefined;
}

function serverCounts(listed: Listed<Server>, configs: Listed<ServerConfig> | undefined, feature: boolean): Counts {
  const names = ['server_count', 'server_replica_count'] as const;
  const ofFeature = ['multimodel_enabled_count', 'overcommit_enabled_count', 'server_memory_gb_sum'] as const;
  if ('why' in listed) return Object.fromEntries([...names, ...(feature ? ofFeature : [])].map((one) => [one, listed]));
  const servers = listed.items.filter(({expected, available}) => expected > 0 || available > 0);
  const sum = (of: (server: Server) => number) => servers.reduce((total, server) => total + of(server), 0);
  const counts: Counts = {server_count: {value: servers.length}, server_replica_count: {value: sum(replicasOf)}};
  if (!feature || !configs) return counts;
  const made = servers.map((server) => ({server, ...settledBy(server, configs)}));
  const overcommits = firstWhy(made.map(({overcommit}) => overcommit));
  const memories = firstWhy(made.map(({memory}) => memory));
  const total = (of: (one: (typeof made)[number]) => number) => made.reduce((all, one) => all + of(one), 0);
  const amount = (counted: Counted) => ('value' in counted ? counted.value : 0);
  return {
    ...counts,
    overcommit_enabled_count: overcommits ?? {
      value: total(({server, overcommit}) => (amount(overcommit) > 0 ? replicasOf(server) : 0)),
    },
    multimodel_enabled_count: overcommits ?? {
      value: total(({server, overcommit}) => (amount(overcommit) > 0 ? replicasOf(server) : withSeveral(server))),
    },
    server_memory_gb_sum: memories ?? {
      value: gigabytes(total(({server, memory}) => amount(memory) * replicasOf(server))),
    },
  };
}

function replicasOf({expected, available}: Server): number {
  return expected > 0 ? expected : available;
}

/** Replicas with more than one model, if the models are spread evenly. */
function withSeveral(server: Server): number {
  const replicas = replicasOf(server);
  return Math.min(replicas, Math.max(0, server.loaded - replicas));
}

/** What counts for a Server: its own word, else its ServerConfig's. */
function settledBy(
  {namespace, config, overcommit, memory}: Server,
  configs: Listed<ServerConfig>,
): {overcommit: Counted; memory: Counted} {
  const found = 'why' in configs ? undefined : configOf(namespace, config, configs.items);
  const unknown = {
    why: 'why' in configs ? configs.why : `the ServerConfig ${clean(config, 80) || 'of a Server'} was not found`,
  };
  const percent = overcommit ?? found?.overcommit ?? (found ? 0 : undefined);
  const bytes = memory ?? found?.memory ?? (found ? 0 : undefined);
  return {
    overcommit:
      percent === undefined
        ? unknown
        : percent === 'elsewhere'
          ? {why: 'an agent takes SELDON_OVERCOMMIT_PERCENTAGE from elsewhere'}
          : {value: percent},
    memory: bytes === undefined ? unknown : {value: bytes},
  };
}

/** The ServerConfig in the Server's own namespace, else the only one of that name. */
function configOf(namespace: string, name: string, all: readonly ServerConfig[]): ServerConfig | undefined {
  const named = all.filter((one) => one.name === name);
  return named.find((one) => one.namespace === namespace) ?? (named.length === 1 ? named[0] : undefined);
}

function firstWhy(all: readonly Counted[]): {readonly why: string} | undefined {
  return all.find((one): one is {readonly why: string} => 'why' in one);
}

/** Bytes in 10^9, as Hodometer reckons in float32, in the fewest digits that are it: so Go writes it. */
export function gigabytes(bytes: number): number {
  const value = Math.fround(Math.fround(bytes) / 1e9);
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
