import {UserError} from '../errors.ts';
import {clean, shellWord} from '../foreign.ts';
import type {FoundRelease, FoundReleases, Where} from './releases.ts';

/** The releases of which one may be meant: what was uninstalled with --keep-history is only a memory. */
export function candidates({releases}: Pick<FoundReleases, 'releases'>): readonly FoundRelease[] {
  return releases.filter(({record}) => record.info.status !== 'uninstalled');
}

/**
 * The one release that is meant. Where there are several, none is preferred: by its name alone nobody can tell which.
 *
 * @param operators namespaces of live operators, for the answer when there is no release
 * @param idle for the answer when there are several: why the operator of each does not run, in their order
 * @param elsewhere releases of another name or namespace than those that were named
 * @throws {UserError} release, if there is none or several; cluster, if it was not possible to look everywhere
 */
export function chooseRelease(
  found: FoundReleases,
  where: Omit<Where, 'likely'>,
  operators: readonly string[],
  idle: readonly (string | undefined)[] = [],
  elsewhere: readonly FoundRelease[] = [],
): FoundRelease {
  const {unreadable, damaged} = found;
  const [first, ...others] = candidates(found);
  if (first && others.length === 0) return first;
  if (first) {
    throw new UserError(
      'release',
      `There are ${others.length + 1} releases of Seldon Core: ${[first, ...others].map(describeRelease).join(', ')}.`,
      {
        suggestions: ['Choose one:', ...[first, ...others].slice(0, 20).map((one, i) => choice(one, idle[i]))],
      },
    );
  }
  // Somebody else's damaged record keeps nobody from a release that is found.
  if (damaged[0]) throw damaged[0];
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

function choice({namespace, name}: FoundRelease, idle: string | undefined): string {
  const flags = `--namespace ${shellWord(namespace)} --release ${shellWord(name)}`;
  return idle === undefined ? flags : `${flags} (its operator does not run: ${clean(idle)})`;
}

/** A name that was mistyped, or the wrong namespace: what there is stands beside it. */
export function noSuchRelease(where: Omit<Where, 'likely'>, elsewhere: readonly FoundRelease[]): UserError {
  const found = candidates({releases: elsewhere});
  const names = found.map(({name, namespace}) =>
    clean(namespace === where.namespace ? name : `${name} in the namespace ${namespace}`),
  );
  return new UserError(
    'release',
    `There is no ${wantedBy(where)}${names.length > 0 ? `; found: ${names.join(', ')}` : ''}.`,
    {
      suggestions:
        found.length > 0
          ? ['Choose one:', ...found.slice(0, 20).map((one) => choice(one, undefined))]
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
