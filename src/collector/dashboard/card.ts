import {bars} from './bars.ts';
import {type Chart, chart} from './chart.ts';
import {drawnOf} from './drawn.ts';
import {element} from './element.ts';
import {amount} from './format.ts';
import {colour} from './palette.ts';
import type {Shown} from './shares.ts';
import {numbersTable} from './table.ts';

/** One question on the page: what it counts, its chart, the numbers behind it. */
export interface Card {
  readonly root: HTMLElement;
  /** Draws the chart; the card must be on the page. */
  show(): Chart | undefined;
}

/** The card of a series. */
export function card(series: Shown): Card {
  const {name, grain, title, over, values, periods} = series;
  const heading = `title-${name}`;
  const root = element('section', {class: 'card', 'aria-labelledby': heading});
  root.append(element('h2', {id: heading}, title), element('p', {class: 'over'}, over));
  if (!values.some(({data}) => data.some((value) => value !== null && value !== 0))) {
    root.append(element('p', {class: 'none'}, 'Nothing yet.'));
    return {root, show: () => undefined};
  }
  const place = element('div', {
    class: 'chart',
    tabindex: '0',
    role: 'img',
    'aria-label': `Chart. ${inWords(series, periods.length - 1)} Arrow keys go through the periods; the table below has every number.`,
  });
  const legend = element('div', {class: 'legend', 'aria-live': 'polite'});
  const tell = (index: number | null) => legend.replaceChildren(...legendOf(series, index ?? periods.length - 1));
  tell(null);
  const table = element(
    'details',
    {},
    element('summary', {}, 'Table', element('span', {class: 'hidden'}, ` of ${title}`)),
  );
  table.addEventListener('toggle', () => {
    // Thousands of cells nobody asked for would slow the page.
    if (table.open && table.childElementCount === 1) table.append(numbersTable(series));
  });
  const csv = element(
    'a',
    {href: `api/v1/stats.csv?series=${name}&grain=${grain}`, download: `${name}-${grain}.csv`, class: 'csv'},
    'CSV',
    element('span', {class: 'hidden'}, ` of ${title}`),
  );
  const ranked = bars(series);
  root.append(...(ranked ? [ranked] : []), place, legend, element('div', {class: 'foot'}, table, csv));
  return {root, show: () => chart(place, series, tell)};
}

function legendOf(series: Shown, index: number): Node[] {
  const {label, complete} = series.periods[index]!;
  const {values: drawn} = drawnOf(series);
  const list = element('ul');
  drawn.forEach(({name, data}, i) => {
    const swatch = element('span', {class: 'swatch', 'aria-hidden': 'true'});
    swatch.style.background = colour(i);
    list.append(element('li', {}, swatch, `${name} `, element('b', {}, amount(data[index], series.unit))));
  });
  const gone = series.values.find(({name}) => name === 'gone');
  if (gone) list.append(element('li', {}, 'gone ', element('b', {}, amount(gone.data[index], series.unit))));
  return [element('p', {}, complete ? label : `${label}, still running`), list];
}

function inWords(series: Shown, index: number): string {
  const numbers = series.values.map(({name, data}) => `${name} ${amount(data[index], series.unit)}`);
  return `${series.periods[index]!.label}: ${numbers.slice(0, 8).join(', ')}.`;
}
