import type {ChalkInstance} from 'chalk';
import type {HodometerDeployment} from '../cluster/core2/hodometer.ts';
import type {Veto} from '../cluster/veto.ts';
import {clean} from '../foreign.ts';
import type {Core2PlaceStatus, Core2Release, Core2Status} from '../helm/core2.ts';
import {type Level, type Property, propertiesAt} from '../report/hodometer/properties.ts';
import {ownerText, type Row, time} from './rows.ts';
import {counted} from './units.ts';

type Section = readonly [title: string, rows: readonly Row[]];

/**
 * What runs of Seldon Core 2's Hodometer, what its switches say, and who decides.
 *
 * @param veto the cluster's no to reports, of which Hodometer knows nothing
 */
export function core2Sections(status: Core2Status, style: ChalkInstance, veto?: Veto): Section[] {
  const {places, releases, unreadable, operator} = status;
  const names = unreadable.map((one) => clean(one)).join(', ');
  const missing: Row[] = unreadable.length > 0 ? [['Not readable', `${names}: there may be more`]] : [];
  if (places.length === 0) {
    const none = unreadable.length > 0 ? 'could not be looked for; it is on by default' : 'off: none was found';
    return [['Seldon Core 2', [['Hodometer', none], ...missing, ...releases.flatMap(releaseRows)]]];
  }
  const sections = tellingOf(places).map(
    (place): Section => [`Seldon Core 2 in ${clean(place.namespace)}`, placeRows(place, style, operator, veto)],
  );
  const rows = [...releases.flatMap(releaseRows), ...missing];
  return rows.length > 0 ? [...sections, ['Releases of Seldon Core 2', rows]] : sections;
}

/** The namespace of a release alone says nothing where Hodometer is in another. */
function tellingOf(places: readonly Core2PlaceStatus[]): readonly Core2PlaceStatus[] {
  const telling = places.filter((one) => one.state !== 'stopped' || one.deployments.length + one.runtimes.length > 0);
  return telling.length > 0 ? telling : places;
}

/** Whether Hodometer reports, in short: a clause for each namespace of it. */
export function core2Clauses({places, unreadable}: Core2Status): string[] {
  if (places.length === 0)
    return [`Seldon Core 2: ${unreadable.length > 0 ? 'Hodometer could not be looked for' : 'no Hodometer'}`];
  return tellingOf(places).map(({namespace, state, comesBack, owner}) => {
    const said = comesBack ? 'off, but its SeldonRuntime wants one' : inShort[state];
    return clean(`${namespace}/hodometer: ${said}${owner ? `, owned by ${owner.kind}` : ''}`);
  });
}

const inShort = {reports: 'on', starts: 'on, starting', unknown: 'not known', stopped: 'off'} as const;

const states = {
  reports: 'on: it reports at its start and every 8 hours',
  starts: 'on: a pod is wanted or starting, and reports at its start',
  unknown: 'not known: its Deployment wants no pod, but pods could not be looked at',
  stopped: 'off: no pod of it runs',
} as const;

function placeRows(
  place: Core2PlaceStatus,
  style: ChalkInstance,
  operator: Core2Status['operator'],
  veto: Veto | undefined,
): Row[] {
  const {state, disabledInVain, offInVain, comesBack, deployments, runtimes, owner, marks, release, advice} = place;
  const colour = state === 'stopped' && !comesBack ? style.green : style.yellow;
  const warnings = [
    ...(disabledInVain
      ? ['The SeldonRuntime says disable: true, which does not stop a Hodometer that is there: nothing deletes it.']
      : []),
    ...(offInVain ? [`The SeldonRuntime says off, and Hodometer runs all the same: ${whyInVain(operator)}.`] : []),
    ...(veto && (state === 'reports' || state === 'starts')
      ? [
          `The cluster says no to reports (ConfigMap seldon-usage in ${clean(veto.namespace)}), of which Hodometer knows nothing.`,
        ]
      : []),
    ...(comesBack ? ['The SeldonRuntime wants a Hodometer: where the operator runs, it comes back.'] : []),
  ];
  return [
    ['Hodometer', colour(states[state])],
    ...deployments.flatMap((one) => deploymentRows(one, state)),
    ...(deployments.length === 0 ? [['Deployment', 'none'] as const] : []),
    ['Pods', podsText(place.pods)],
    ...runtimes.map((runtime): Row => {
      const replicas = runtime.replicas === undefined ? 'replicas not set' : `replicas: ${runtime.replicas}`;
      return ['SeldonRuntime', `${clean(runtime.name)}: disable: ${runtime.disable}, ${replicas}`];
    }),
    ...(operator && runtimes.length > 0 ? [['Operator', operatorText(operator)] as const] : []),
    ['Decided by', ...(owner ? ownerText(owner) : ([decidedBy(release, marks)] as const))],
    ...(advice.length > 0 ? [['To stop it', ...advice] as unknown as Row] : []),
    ...warnings.map((warning): Row => ['Warning', style.yellow(warning)]),
  ];
}

function operatorText({runs, found}: NonNullable<Core2Status['operator']>): string {
  const names = found.join(', ');
  if (runs === true) return `${names} runs`;
  if (runs === 'unknown')
    return names === '' ? 'could not be looked for everywhere' : `${names}: whether it runs is not known`;
  return names === '' ? 'none was found: nothing acts on the SeldonRuntime' : `${names} has no pod that is ready`;
}

function whyInVain(operator: Core2Status['operator']): string {
  return operator?.runs === false ? 'no operator runs that acts on it' : 'its operator has not acted on it, or not yet';
}

function decidedBy(release: string | undefined, marks: readonly string[] | undefined): string {
  if (release) return `Helm, the release ${release}`;
  if (marks) return `somebody who looks after it, by its marks: ${marks.map((mark) => clean(mark, 80)).join(', ')}`;
  return 'whoever may change it: no owner was found';
}

function deploymentRows(one: HodometerDeployment, state: Core2PlaceStatus['state']): Row[] {
  const {name, era, replicas, since, level, destinations, more, indirect, clusterID, version} = one;
  const others = more > 0 ? `, and ${more} more` : '';
  const elsewhere = indirect.length > 0 ? `; set from elsewhere, and not known: ${indirect.join(', ')}` : '';
  return [
    [
      'Deployment',
      `${name} (${era})${version ? `, image ${version}` : ''}, wants ${counted(replicas, 'pod')}${since ? `, since ${time(since)}` : ''}`,
    ],
    ['Level', level === 'invalid' ? 'none that it knows: it exits at its start' : (level ?? 'not known')],
    ...(level && level !== 'invalid'
      ? [[state === 'stopped' ? 'Would send' : 'Sends', sendsText(level)] as const]
      : []),
    ['Destinations', `${destinations.join(', ') || 'not known'}${others}${elsewhere}`],
    [
      'Its cluster ID',
      clusterID ??
        (indirect.includes('CLUSTER_ID') ? 'set from elsewhere' : 'a new one in each pod: CLUSTER_ID is not set'),
    ],
  ];
}

function sendsText(level: Level): string {
  const {filled, constant, zero} = propertiesAt(level);
  const names = (list: readonly Property[]) => list.map(({name}) => name).join(', ');
  const always = constant.map(({name, constant}) => `${name} ${constant}`).join(', ');
  const none = zero.length > 0 ? `; 0 since it is not collected: ${names(zero)}` : '';
  return `${names(filled)}; the same in every cluster: ${always}${none}`;
}

function podsText(pods: Core2PlaceStatus['pods']): string {
  if (pods === 'unreadable') return 'not readable';
  const {running, starting, since} = pods;
  const parts = [
    ...(running > 0 ? [`${running} running${since ? ` since ${time(since)}` : ''}`] : []),
    ...(starting > 0 ? [`${starting} not running yet`] : []),
  ];
  return parts.join(', ') || 'none';
}

function releaseRows({name, namespace, chart, revision, status, deployed, values, warnings}: Core2Release): Row[] {
  const list = values.map(({path, effective, set}) => `${path}: ${effective}${set ? '' : ' (default)'}`);
  return [
    [
      'Release',
      `${clean(`${namespace}/${name}`)}: ${chart}, revision ${revision}, ${status}, ${time(deployed)}; ${list.join(', ')}`,
    ],
    ...warnings.map((warning): Row => ['Warning', warning]),
  ];
}
