import type {Hodometer, RuntimeOverride, SeldonCore2} from '../cluster/core2.ts';
import {clean} from '../foreign.ts';

/** A label, what is said beside it, and lines to be copied below. */
export type Row = readonly [label: string, value: string, ...lines: string[]];

/** Seldon Core 2's Hodometer, which reports by itself: whether it really runs, what it is told, and what stops it. */
export function coreTwoRows({hodometers, runtimes, unreadable}: SeldonCore2): Row[] {
  const hidden: Row[] =
    unreadable.length > 0
      ? [
          [
            'Hodometer',
            `could not be looked for everywhere, for want of rights on ${unreadable.join(' and ')}; it is on by default`,
          ],
        ]
      : [];
  const there = hodometers.flatMap((one) => hodometerRows(one, runtimes));
  const without = runtimes.filter(({namespace}) => !hodometers.some((one) => one.namespace === namespace));
  const rows = [...there, ...without.map(absentRow), ...hidden];
  return rows.length > 0 ? rows : [['Hodometer', 'off: neither a Deployment of it nor a SeldonRuntime was found']];
}

function hodometerRows(one: Hodometer, runtimes: readonly RuntimeOverride[]): Row[] {
  const place = `in ${clean(one.namespace, 80)}`;
  const runtime = one.era === 'since 2.6' ? runtimes.find(({namespace}) => namespace === one.namespace) : undefined;
  if (one.replicas === 0) {
    const ending = one.running > 0 ? '; its last pod is ending' : '';
    return [['Hodometer', `off ${place}: its Deployment ${one.name} has no replicas${ending}`]];
  }
  const since = one.since ? ` since ${one.since.slice(0, 10)}` : '';
  const level = one.level ? ` at the level ${one.level}` : '';
  const to = one.destinations.length > 0 ? one.destinations.join(', ') : 'an address that its Deployment does not say';
  const pods = one.running === 0 ? ' No pod of it runs at the moment.' : '';
  const id = one.clusterID ? '' : ' Its cluster ID is new with each pod.';
  const disabled =
    runtime?.disable === true
      ? ' The SeldonRuntime says disable: true, which removes no Deployment that is there.'
      : '';
  return [
    ['Hodometer', `on ${place}${since}: it reports every 8 hours${level} to ${to}.${pods}${id}${disabled}`],
    ['To stop it', ...whatStops(one, runtime)],
  ];
}

/** Each era has its own switch; `disable: true` alone stops none that runs. */
function whatStops(
  {namespace, name, era, release}: Hodometer,
  runtime: RuntimeOverride | undefined,
): [string, ...string[]] {
  const by = release ? `, by an upgrade of the release ${release}` : '';
  if (era === 'up to 2.5') return [`hodometer.enabled: false in the values of seldon-core-v2-setup${by}`];
  if (release)
    return [`hodometer.replicas: 0, with hodometer.disable: false, in the values of seldon-core-v2-runtime${by}`];
  if (!runtime)
    return [
      'it belongs to no SeldonRuntime that was found:',
      `kubectl -n ${clean(namespace, 80)} delete deployment ${name}`,
    ];
  return [
    'in spec.overrides of its SeldonRuntime, {name: hodometer, replicas: 0, disable: false}:',
    `kubectl -n ${clean(namespace, 80)} edit seldonruntime ${clean(runtime.name, 80)}`,
  ];
}

function absentRow({namespace, name, disable, replicas}: RuntimeOverride): Row {
  const label = 'Hodometer';
  const place = `in ${clean(namespace, 80)}`;
  const runtime = `the SeldonRuntime ${clean(name, 80)}`;
  if (disable === true) return [label, `off ${place}: there is no Deployment of it, and ${runtime} disables it`];
  if (replicas === 0) return [label, `off ${place}: there is no Deployment of it, and ${runtime} wants no replicas`];
  return [label, `not there ${place}, but ${runtime} does not switch it off: its operator makes one`];
}
