import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import {textWidth} from '../host/text-width.ts';
import type {SeenCore2, SeenHodometer} from '../operations/hodometer.ts';
import type {EventProperty} from '../report/hodometer/event.ts';
import {labelled} from './show.ts';
import {wrap} from './wrap.ts';

/** What Seldon Core 2's own Hodometer sends, below what this program would send. */
export function renderHodometer(
  {hodometers, without, unreadable}: SeenCore2,
  width: number,
  style: ChalkInstance,
): string {
  const none = hodometers.length + without.length === 0;
  const lines = [
    ...hodometers.flatMap((one) => seen(one, width, style)),
    ...without.flatMap(({namespace, state, comesBack}) => [
      ...title(namespace, width, style),
      ...wrap('  ', `It has no Deployment: ${orphan(state, comesBack)}`, width),
    ]),
    ...(none ? title(undefined, width, style) : []),
    ...(none
      ? wrap(
          '  ',
          unreadable.length > 0 ? 'It could not be looked for; it is on by default.' : 'None: it sends nothing.',
          width,
        )
      : []),
    ...unreadable.flatMap((what) => wrap('  ', `Not readable: ${clean(what)}`, width)),
  ];
  return `${lines.join('\n')}\n`;
}

function title(namespace: string | undefined, width: number, style: ChalkInstance): string[] {
  const where = namespace === undefined ? '' : ` in ${clean(namespace)}`;
  return ['', ...wrap('', style.bold(`Hodometer of Seldon Core 2${where}`), width)];
}

function orphan(state: SeenHodometer['state'], comesBack: boolean): string {
  if (state === 'reports' || state === 'starts') return 'pods of it run all the same, and what they send is not known.';
  if (state === 'unknown') return 'whether pods of it run could not be seen.';
  return comesBack ? 'none runs, but the SeldonRuntime wants one.' : 'none runs, and nothing is sent.';
}

const states = {
  reports: 'runs, and sends this to others than the address above',
  starts: 'a pod is wanted or starting: it sends this to others than the address above',
  unknown: 'not known: its Deployment wants no pod, but pods could not be looked at',
  stopped: 'no pod of it runs: this is what it would send',
} as const;

function seen(one: SeenHodometer, width: number, style: ChalkInstance): string[] {
  const {namespace, name, era, state, level, destinations, more, indirect, event} = one;
  const elsewhere = indirect.filter((each) => each !== 'CLUSTER_ID').map((each) => `${each} is set from elsewhere`);
  const rows: [string, string][] = [
    ['State', `${states[state]} (Deployment ${name}, ${era})`],
    [
      'Sends to',
      [destinations.join(', ') || 'not known', ...(more > 0 ? [`and ${more} more`] : []), ...elsewhere].join('; '),
    ],
    ['How often', 'at its start, and every 8 hours'],
    ['Level', level === 'invalid' ? 'none that it knows: it exits at its start' : (level ?? 'not known: all is shown')],
  ];
  const longest = Math.max(...(event ?? []).map((property) => textWidth(property.name)), 9) + 2;
  return [
    ...title(namespace, width, style),
    ...rows.flatMap(([label, value]) => labelled(label, value, 13, width)),
    ...(event ? ['', ...wrap('  ', 'The event, with counts that are an estimate:', width)] : []),
    ...(event ?? []).flatMap((property) => labelled(property.name, propertyText(property, style), longest, width)),
    ...(event ? ['', ...truths(one).flatMap((truth) => wrap('  ', truth, width))] : []),
  ];
}

function propertyText({value, source}: EventProperty, style: ChalkInstance): string {
  const text = value === undefined ? '?' : typeof value === 'number' ? String(value) : JSON.stringify(clean(value));
  return `${text}  ${style.dim(`(${clean(source)})`)}`;
}

/** What its own documentation does not tell (tags v2.0.0 to v2.10.2 of Seldon Core). */
function truths({level, clusterID, indirect, destinations}: SeenHodometer): string[] {
  const plain = destinations.filter((one) => /^http:/i.test(one));
  return [
    'seldon_core_version is 0.0.1 whatever is installed; gpu_enabled_count and server_cpu_cores_sum are never set.',
    ...(level === undefined || level === 'feature'
      ? []
      : ['What its level does not collect is sent as 0: not collected looks like none.']),
    ...(clusterID || indirect.includes('CLUSTER_ID')
      ? []
      : ['Its cluster ID is new with each pod, since CLUSTER_ID is not set: a restart looks like another cluster.']),
    ...(plain.length > 0 ? [`It is sent in plain http, readable on the way: ${plain.join(', ')}.`] : []),
    'Its Role lets it read every Secret of its namespace, though it needs none of them for this.',
    'What exactly arrives is shown by pointing its extra addresses (EXTRA_PUBLISH_URLS) at a collector of your own.',
  ];
}
