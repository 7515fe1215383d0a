import type {Connection} from '../cluster/connection/connection.ts';
import {type Core2, type Core2Place, findCore2} from '../cluster/core2/find.ts';
import type {Core2Era} from '../cluster/core2/hodometer.ts';
import {mayHaveCore2} from '../cluster/core2/present.ts';
import {verdictOf} from '../cluster/core2/verdict.ts';
import {likelyNamespaces} from '../cluster/seldon.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {candidates} from '../helm/choose.ts';
import {core2Charts, isSetupWithSwitch} from '../helm/core2-values.ts';
import {type FoundRelease, type FoundReleases, findReleases, readRecord} from '../helm/releases.ts';
import {chartNames} from '../helm/usage.ts';

/** The Hodometer that is meant, and the releases of the charts of Seldon Core 2. */
export interface Core2Subject {
  readonly place: Core2Place;
  readonly era: Core2Era;
  readonly releases: FoundReleases;
}

export interface Choice {
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
}

/**
 * The Hodometer that a change is about; undefined where the cluster has none, or the first Seldon Core is meant.
 *
 * @throws {UserError} release, if there are several of either; cluster, if it could not be looked for
 */
export async function chooseCore2(connection: Connection, choice: Choice): Promise<Core2Subject | undefined> {
  if (!(await mayHaveCore2(connection))) return undefined;
  const {namespace, release} = choice;
  const likely = await likelyNamespaces(connection);
  const all = await findReleases(connection, {likely, charts: core2Charts});
  const ofCore2 = candidates(all).filter(({record}) => core2Charts.includes(record.chart.metadata.name));
  const core2 = await findCore2(connection, namespace, async () => ofCore2.map((one) => one.namespace));
  if (!core2) return undefined;
  const possible = core2.places.filter((place) => isMeant(place, choice, ofCore2));
  const named = (one: FoundRelease) =>
    (namespace === undefined || one.namespace === namespace) && (release === undefined || one.name === release);
  const first = candidates(all).filter(({record}) => chartNames.includes(record.chart.metadata.name));
  const meant = first.filter(named);
  if (release !== undefined) requireSwitch(ofCore2.filter(named));
  const there = possible.filter(isHere);
  const places = there.length + meant.length > 0 ? there : possible.filter((place) => isTakenAway(place, ofCore2));
  if (places.length === 0 && meant.length === 0) requireLooked(core2, all, namespace);
  const [place, other] = places;
  if (!place) return undefined;
  if (other || meant.length > 0) throw several(places, meant);
  return {
    place,
    era:
      place.runtimes.length > 0 || place.deployments.some(({name}) => name === 'hodometer')
        ? '2.6 and later'
        : 'up to 2.5',
    releases: {...all, releases: ofCore2},
  };
}

/** Whether there is something to switch: a release alone may be of another runtime. */
function isHere(place: Core2Place): boolean {
  return place.runtimes.length + place.deployments.length > 0 || verdictOf(place).state !== 'stopped';
}

/** Up to 2.5, off leaves nothing behind but the release: a second look finds it by that. */
function isTakenAway(place: Core2Place, releases: readonly FoundRelease[]): boolean {
  return releases.some((one) => one.namespace === place.namespace && isSetupWithSwitch(one.record));
}

function isMeant(place: Core2Place, {namespace, release}: Choice, releases: readonly FoundRelease[]): boolean {
  if (namespace !== undefined && place.namespace !== namespace) return false;
  if (release === undefined) return true;
  return releases.some((one) => one.name === release && one.namespace === place.namespace);
}

/** From 2.6 on, the set-up chart has no switch that stops anything. */
function requireSwitch(releases: readonly FoundRelease[]): void {
  const odd = releases.find(
    (one) => one.record.chart.metadata.name === 'seldon-core-v2-setup' && !isSetupWithSwitch(one.record),
  );
  if (!odd) return;
  throw new UserError(
    'release',
    `The release ${clean(`${odd.namespace}/${odd.name}`)} (seldon-core-v2-setup ${clean(odd.record.chart.metadata.version, 40)}) is not where Hodometer is switched.`,
    {
      suggestions: [
        'From 2.6 on hodometer.enabled=false stops nothing, and in 2.6 it leaves the cluster without its SeldonConfig, which other parts need.',
        'The switch is in the SeldonRuntime, by the chart seldon-core-v2-runtime: run this again without --release.',
      ],
    },
  );
}

/** That there is none must have been seen: it is on by default. */
function requireLooked(
  {unreadable}: Core2,
  {unreadable: releases}: FoundReleases,
  namespace: string | undefined,
): void {
  if (unreadable.length === 0) return;
  throw new UserError(
    'cluster',
    'Hodometer of Seldon Core 2 could not be looked for everywhere; nothing was changed.',
    {
      suggestions: [
        ...[...unreadable, ...releases].slice(0, 12).map((what) => `Not readable: ${clean(what)}`),
        namespace === undefined
          ? 'Name its namespace with --namespace, or ask for the right to list these.'
          : `Ask for the right to list these in ${clean(namespace)}.`,
      ],
    },
  );
}

function several(places: readonly Core2Place[], releases: readonly FoundRelease[]): UserError {
  const lines = [
    ...places.map(({namespace}) => `--namespace ${clean(namespace)}: Hodometer of Seldon Core 2`),
    ...releases.map(
      (one) =>
        `--namespace ${clean(one.namespace)} --release ${clean(one.name)}: the first Seldon Core's usage metrics`,
    ),
  ];
  return new UserError('release', `There are ${lines.length} that report, or could.`, {
    suggestions: ['Choose one:', ...lines.slice(0, 20)],
  });
}

/**
 * The release that made an object, with its whole record, by Helm's annotations.
 *
 * @returns undefined if Helm did not make it
 * @throws {UserError} cluster, if its record can't be read
 */
export async function releaseOf(
  connection: Connection,
  annotations: Readonly<Record<string, string>>,
  namespace: string,
  {releases, unreadable}: FoundReleases,
): Promise<FoundRelease | undefined> {
  const name = annotations['meta.helm.sh/release-name'];
  if (name === undefined) return undefined;
  const place = annotations['meta.helm.sh/release-namespace'] ?? namespace;
  const found = releases.find((one) => one.name === name && one.namespace === place);
  const whole = found?.outline ? await readRecord(connection, found, found.record.version) : found;
  if (found && whole) {
    const {outline: _, ...rest} = found;
    return {...rest, ...whole};
  }
  throw new UserError(
    'cluster',
    `Helm's release ${clean(`${place}/${name}`)} made it, and its record can't be found or read; nothing was changed.`,
    {
      suggestions: [
        ...unreadable.slice(0, 12).map((what) => `Not readable: ${clean(what)}`),
        'Ask somebody who may read Secrets there to run it.',
      ],
    },
  );
}
