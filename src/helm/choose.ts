import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {FoundRelease, FoundReleases, Where} from './releases.ts';

/**
 * The one release that is meant.
 *
 * @param operators namespaces of live operators, for the answer when there is no release
 * @param elsewhere releases of another name or namespace than those that were named
 * @throws {UserError} release, if there is none or several; cluster, if it was not possible to look everywhere
 */
export function chooseRelease(
  {releases, unreadable}: FoundReleases,
  where: Omit<Where, 'likely'>,
  operators: readonly string[],
  elsewhere: readonly FoundRelease[] = [],
): FoundRelease {
  // What was uninstalled with --keep-history is only a memory.
  const [first, ...others] = releases.filter(({record}) => record.info.status !== 'uninstalled');
  if (first && others.length === 0) return first;
  if (first) {
    throw new UserError(
      'release',
      `There are ${others.length + 1} releases of Seldon Core: ${[first, ...others].map(describeRelease).join(', ')}.`,
      {
        suggestions: [`Choose one: --namespace ${clean(first.namespace)} --release ${clean(first.name)}`],
      },
    );
  }
  const wanted = wantedBy(where);
  if (unreadable.length > 0) {
    throw new UserError(
      'cluster',
      `No ${wanted} can be seen, but not everything may be read: ${unreadable.map((what) => clean(what)).join(', ')}.`,
      {
        suggestions: [
          'Name the namespace of the release with --namespace, or ask for the right to list Secrets there.',
        ],
      },
    );
  }
  if (where.release || operators.length === 0 || elsewhere.length > 0) throw noSuchRelease(where, elsewhere);
  throw new UserError(
    'release',
    `There is no ${wanted}, although an operator runs in ${operators.map((name) => clean(name)).join(', ')}: it was installed without Helm.`,
    {
      suggestions: [
        'There is no Helm value to change. seldon-usage send --period reports without any change of the operator.',
      ],
    },
  );
}

/** A name that was mistyped, or the wrong namespace: what there is stands beside it. */
export function noSuchRelease(where: Omit<Where, 'likely'>, elsewhere: readonly FoundRelease[]): UserError {
  const found = elsewhere.filter(({record}) => record.info.status !== 'uninstalled');
  const names = found.map(({name, namespace}) =>
    clean(namespace === where.namespace ? name : `${name} in the namespace ${namespace}`),
  );
  const [first] = found;
  return new UserError(
    'release',
    `There is no ${wantedBy(where)}${names.length > 0 ? `; found: ${names.join(', ')}` : ''}.`,
    {
      suggestions: first
        ? [`Choose one: --namespace ${clean(first.namespace)} --release ${clean(first.name)}`]
        : ['helm list -A lists the releases that you may see; seldon-usage status says more.'],
    },
  );
}

function wantedBy({release, namespace}: Omit<Where, 'likely'>): string {
  const what = release ? `release ${clean(release)} of Seldon Core` : 'Helm release of Seldon Core';
  return `${what}${namespace ? ` in the namespace ${clean(namespace)}` : ''}`;
}

/** `seldon/seldon-core (seldon-core-operator 1.18.2)`. */
export function describeRelease({namespace, name, record: {chart}}: FoundRelease): string {
  return clean(`${namespace}/${name} (${chart.metadata.name} ${chart.metadata.version})`);
}
