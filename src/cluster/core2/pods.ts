import type {ObjectMeta} from '../api.ts';

/** Pods of Hodometer in a namespace, whoever made them. */
export interface HodometerPods {
  /** That report: even one that is about to end. */
  readonly running: number;
  /** That do not run yet, or of which nothing is known. */
  readonly starting: number;
  /** When the oldest that runs was started, RFC 3339. */
  readonly since?: string;
}

interface Pod {
  readonly running: boolean;
  readonly since?: string;
}

interface PodLike {
  readonly metadata?: ObjectMeta;
  readonly spec?: {readonly containers?: readonly ({name?: unknown; image?: unknown; env?: unknown} | null)[]};
  readonly status?: {readonly phase?: unknown; readonly startTime?: unknown};
}

/** ReplicaSets of a Deployment are named after it, with a hash. */
const replicaSet = /^(?:seldon-)?hodometer-[a-z0-9]{1,20}$/;
const image = /(?:^|\/)seldon-hodometer(?:[:@]|$)/;
const needed = ['METRICS_LEVEL', 'SCHEDULER_HOST'];

/**
 * A pod of Hodometer that has not ended; undefined for any other. Known by who made it, by its image, or by the variables
 * that it needs: one whose Deployment was deleted without it reports on.
 */
export function podOf(item: unknown): Pod | undefined {
  const {metadata, spec, status} = (item ?? {}) as PodLike;
  const {phase, startTime} = status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  const owners = Array.isArray(metadata?.ownerReferences) ? metadata.ownerReferences : [];
  const containers = Array.isArray(spec?.containers) ? spec.containers : [];
  const made = owners.some((one) => one?.kind === 'ReplicaSet' && replicaSet.test(String(one.name)));
  if (!made && !containers.some(isHodometer)) return undefined;
  return {running: phase === 'Running', ...(typeof startTime === 'string' ? {since: startTime} : {})};
}

function isHodometer(container: {image?: unknown; env?: unknown} | null): boolean {
  if (typeof container?.image === 'string' && image.test(container.image)) return true;
  const env: unknown[] = Array.isArray(container?.env) ? container.env : [];
  const names = new Set(env.map((one) => (one as {name?: unknown} | null)?.name));
  return needed.every((name) => names.has(name));
}

/** How many pods run and start, and since when the first of them runs. */
export function podsTogether(pods: readonly Pod[]): HodometerPods {
  const running = pods.filter((pod) => pod.running);
  const [since] = running.flatMap((pod) => pod.since ?? []).sort();
  return {running: running.length, starting: pods.length - running.length, ...(since === undefined ? {} : {since})};
}
