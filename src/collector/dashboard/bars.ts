import {drawnOf} from './drawn.ts';
import {element} from './element.ts';
import {amount} from './format.ts';
import {colour, mostDrawn} from './palette.ts';
import {mostBars, rank} from './rank.ts';
import type {Shown} from './shares.ts';

/** A bar for each value of the newest period, in the colours of the chart; undefined where there is none. */
export function bars(series: Shown): HTMLElement | undefined {
  const all = rank(series);
  if (all.length === 0) return undefined;
  const drawn = drawnOf(series).values.map(({name}) => name);
  const rows = all.slice(0, mostBars).map(({name, value, length}) => {
    const bar = element('span', {class: 'bar', 'aria-hidden': 'true'});
    const place = drawn.indexOf(name);
    bar.style.background = colour(place < 0 ? mostDrawn - 1 : place);
    bar.style.width = `${Math.max(length * 100, 1)}%`;
    return element(
      'li',
      {},
      element('span', {class: 'name'}, name),
      element('span', {class: 'track'}, bar),
      element('b', {}, ` ${amount(value, series.unit)}`),
    );
  });
  const {label, complete} = series.periods.at(-1)!;
  const caption = element('p', {}, complete ? label : `${label}, still running`);
  const rest = all.length - rows.length;
  return element(
    'div',
    {class: 'rank'},
    caption,
    element('ol', {}, ...rows),
    ...(rest > 0 ? [element('p', {}, `and ${rest} more, in the table`)] : []),
  );
}
