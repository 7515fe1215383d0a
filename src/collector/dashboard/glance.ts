import type {Series, SeriesName} from '../series.ts';
import {element} from './element.ts';
import {amount} from './format.ts';

const told: readonly (readonly [series: SeriesName, title: string])[] = [
  ['active', 'Clusters'],
  ['nodes', 'Nodes'],
  ['cpu', 'CPU cores'],
  ['devices', 'Accelerators'],
  ['core2-active', 'Core 2 clusters'],
];

/** The numbers that people look for first, of the newest period, with those of the one before. */
export function glance(series: readonly Series[]): HTMLElement[] {
  return told.flatMap(([name, title]) => {
    const one = series.find((each) => each.name === name);
    const data = one?.values[0]?.data;
    if (!one || !data) return [];
    const before = one.periods.at(-2);
    const {label, complete} = one.periods.at(-1)!;
    return [
      element(
        'div',
        {},
        element('dt', {}, title),
        element('dd', {class: 'number'}, amount(data.at(-1), one.unit)),
        element('dd', {}, complete ? label : `${label}, still running`),
        ...(before ? [element('dd', {}, `${amount(data.at(-2), one.unit)} in ${before.label}`)] : []),
      ),
    ];
  });
}
