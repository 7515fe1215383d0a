import {quantityValue} from '../../report/quantity.ts';

/** What a Server or a ServerConfig says of its containers, as far as it concerns Hodometer. */
export interface Containers {
  /**
   * How much more than its memory the agent may promise, percent; `elsewhere`: it takes that from a ConfigMap, a Secret or a
   * field. Absent: it does not say.
   */
  readonly overcommit?: number | 'elsewhere';
  /** Memory that the container with the models asks for, bytes. Absent: it does not say. */
  readonly memory?: number;
}

/** A Server, as far as it concerns Hodometer. */
export interface Server extends Containers {
  readonly namespace: string;
  /** Name of the ServerConfig that it is made of. */
  readonly config: string;
  readonly expected: number;
  readonly available: number;
  /** Models on all its replicas together. */
  readonly loaded: number;
}

/** A ServerConfig. */
export interface ServerConfig extends Containers {
  readonly namespace: string;
  readonly name: string;
}

/** What an object of the API is read as: nothing of it is sure to be there. */
interface ObjectLike {
  readonly metadata?: {name?: unknown; namespace?: unknown; deletionTimestamp?: unknown} | null;
  readonly spec?: Record<string, unknown> | null;
  readonly status?: Record<string, unknown> | null;
}

/** A Server; undefined for what is none, or is being removed. */
export function serverOf(item: unknown): Server | undefined {
  const {metadata, spec, status} = (item ?? {}) as ObjectLike;
  if (typeof metadata?.namespace !== 'string' || metadata.deletionTimestamp != null) return undefined;
  return {
    namespace: metadata.namespace,
    config: text(spec?.serverConfig),
    // The API's default is one (ScalingSpec of Seldon Core 2).
    expected: countOf(spec?.replicas) ?? 1,
    available: countOf(status?.replicas) ?? 0,
    loaded: countOf(status?.loadedModels) ?? 0,
    ...containersOf([...listOf(agentOverride(spec)), ...listOf(podContainers(spec))]),
  };
}

/** A ServerConfig; undefined for what is none. */
export function serverConfigOf(item: unknown): ServerConfig | undefined {
  const {metadata, spec} = (item ?? {}) as ObjectLike;
  if (typeof metadata?.namespace !== 'string' || typeof metadata.name !== 'string') return undefined;
  return {
    namespace: metadata.namespace.slice(0, 253),
    name: metadata.name.slice(0, 253),
    ...containersOf(listOf(podContainers(spec))),
  };
}

function podContainers(spec: ObjectLike['spec']): unknown {
  return (spec?.podSpec as {containers?: unknown} | null | undefined)?.containers;
}

/** `imageOverrides` can give the agent other variables. */
function agentOverride(spec: ObjectLike['spec']): unknown {
  const agent = (spec?.imageOverrides as {agent?: unknown} | null | undefined)?.agent;
  return typeof agent === 'object' && agent !== null ? [{...agent, name: 'agent'}] : [];
}

/** Containers beside the one with the models (server_types.go of Seldon Core 2). */
const helpers = ['agent', 'agent-debug', 'rclone'];

const percentage = 'SELDON_OVERCOMMIT_PERCENTAGE';

function containersOf(containers: readonly unknown[]): Containers {
  const all = containers.filter((one) => typeof one === 'object' && one !== null) as Record<string, unknown>[];
  const variables = all.filter(({name}) => name === 'agent').flatMap(({env}) => listOf(env));
  const set = variables.findLast((one) => (one as {name?: unknown} | null)?.name === percentage) as
    | {value?: unknown; valueFrom?: unknown}
    | undefined;
  const models = all.find(({name}) => typeof name === 'string' && !helpers.includes(name));
  const memory = bytesOf((models?.resources as {requests?: {memory?: unknown} | null} | null | undefined)?.requests);
  return {
    ...(set === undefined ? {} : {overcommit: set.valueFrom ? ('elsewhere' as const) : percentOf(set.value)}),
    ...(memory === undefined ? {} : {memory}),
  };
}

function percentOf(value: unknown): number {
  const percent = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return percent;
}

function bytesOf(requests: {memory?: unknown} | null | undefined): number | undefined {
  const memory = requests?.memory;
  if (typeof memory !== 'string' && typeof memory !== 'number') return undefined;
  try {
    const bytes = quantityValue(String(memory));
    return bytes >= 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** A count as Kubernetes has it: an int32 that is not negative. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 253) : '';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
