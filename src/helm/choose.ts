import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {FoundRelease, FoundReleases, Where} from './releases.ts';

/**
 * The one release that is meant.
 *
 * @param operators namespaces of live operators, for the answer when there is no release
 * @throws {UserError} release, if there is none or several; cluster, if it was not possible to look everywhere
 */
export function chooseRelease(
  {releases, unreadable}: FoundReleases,
  where: Omit<Where, 'likely'>,
  operators: readonly string[],
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
  const wanted = where.release ? `release ${clean(where.release)} of Seldon Core` : 'Helm release of Seldon Core';
  const place = where.namespace ? ` in the namespace ${clean(where.namespace)}` : '';
  if (unreadable.length > 0) {
    throw new UserError(
      'cluster',
      `No ${wanted} can be seen${place}, but not everything may be read: ${unreadable.map((what) => clean(what)).join(', ')}.`,
      {
        suggestions: [
          'Name the namespace of the release with --namespace, or ask for the right to list Secrets there.',
        ],
      },
    );
  }
  throw new UserError(
    'release',
    operators.length > 0
      ? `There is no ${wanted}${place}, although an operator runs in ${operators.map((name) => clean(name)).join(', ')}: it was installed without Helm.`
      : `There is no ${wanted}${place}.`,
    {
      suggestions:
        operators.length > 0
          ? ['There is no Helm value to change. seldon-usage send --period reports without any change of the operator.']
          : ['helm list -A lists the releases that you may see; seldon-usage status says more.'],
    },
  );
}

/** `seldon/seldon-core (seldon-core-operator 1.18.2)`. */
export function describeRelease({namespace, name, record: {chart}}: FoundRelease): string {
  return clean(`${namespace}/${name} (${chart.metadata.name} ${chart.metadata.version})`);
}
