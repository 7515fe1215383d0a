import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type LiveObject, type Located, nameOf, readLive} from './objects.ts';
import type {FoundRelease} from './releases.ts';

/** A located document with its live object. */
export interface Observed extends Located {
  readonly live: LiveObject | undefined;
}

/** Requests at the same time. */
const atOnce = 8;

/**
 * Reads the live object of each document.
 *
 * @throws {UserError} cluster
 */
export async function observe(connection: Connection, located: readonly Located[]): Promise<Observed[]> {
  const queue = [...located.entries()];
  const observed: Observed[] = [];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift())
      observed[next[0]] = {...next[1], live: await readLive(connection, next[1])};
  };
  await Promise.all(Array.from({length: atOnce}, work));
  return observed;
}

/**
 * Refuses two documents of one object: which of them holds is Helm's secret.
 *
 * @throws {UserError} release
 */
export function requireOneEach(located: readonly Located[]): void {
  const seen = new Set<string>();
  for (const {path, document, namespace} of located) {
    if (seen.has(path)) {
      throw new UserError('release', `The release has ${nameOf(document, namespace)} twice in its manifest.`, {
        suggestions: ['Helm applies one after the other: mend the chart or its values first.'],
      });
    }
    seen.add(path);
  }
}

/** Whose a live object is, by the marks that Helm leaves on it. */
export type Ownership = 'ours' | 'unmarked' | {readonly release: string};

/** Helm's marks since 3.2: two annotations and a label (checkOwnership of Helm). */
export function ownership(live: LiveObject, {name, namespace}: Pick<FoundRelease, 'name' | 'namespace'>): Ownership {
  const {annotations = {}, labels = {}} = live.metadata;
  const [owner, place] = [annotations['meta.helm.sh/release-name'], annotations['meta.helm.sh/release-namespace']];
  if ((owner !== undefined && owner !== name) || (place !== undefined && place !== namespace))
    return {release: clean(`${place ?? '?'}/${owner ?? '?'}`)};
  const marked = owner === name && place === namespace && labels['app.kubernetes.io/managed-by'] === 'Helm';
  return marked ? 'ours' : 'unmarked';
}

/**
 * Refuses to touch live objects that Helm has not marked as this release's: a stored manifest can name anybody's. One
 * without marks, made before Helm 3.2, is accepted by its name.
 *
 * @param accepted `Deployment/seldon-controller-manager`; with the namespace in between where it is not the release's
 * @throws {UserError} release
 */
export function requireOwned(observed: readonly Observed[], release: FoundRelease, accepted: readonly string[]): void {
  const lines: string[] = [];
  const acceptable: string[] = [];
  for (const {live, document, namespace} of observed) {
    const whose = live && ownership(live, release);
    if (!whose || whose === 'ours') continue;
    const name = acceptedName(document, namespace, release.namespace);
    if (whose !== 'unmarked') {
      lines.push(`${nameOf(document, namespace)} belongs to the release ${whose.release}.`);
    } else if (!accepted.includes(name)) {
      lines.push(`${nameOf(document, namespace)} carries no marks of Helm.`);
      acceptable.push(name);
    }
  }
  if (lines.length === 0) return;
  throw new UserError(
    'release',
    `${lines.length === 1 ? 'One live object is' : `${lines.length} live objects are`} not marked as those of ${clean(`${release.namespace}/${release.name}`)}; nothing was changed.`,
    {
      suggestions: [
        ...lines.slice(0, 12),
        ...(acceptable.length > 0
          ? [
              `If they are this release's, made before Helm 3.2: ${acceptable
                .slice(0, 12)
                .map((name) => `--accept-unmarked ${clean(name)}`)
                .join(' ')}`,
            ]
          : []),
      ],
    },
  );
}

function acceptedName(
  {kind, name}: Located['document'],
  namespace: string | undefined,
  releaseNamespace: string,
): string {
  return namespace === undefined || namespace === releaseNamespace ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
