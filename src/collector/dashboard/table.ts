import {element} from './element.ts';
import {amount} from './format.ts';
import type {Shown} from './shares.ts';

/** Every number of a series as a table, newest period first. */
export function numbersTable({title, periods, values, unit}: Shown): HTMLElement {
  const head = element('tr', {}, element('th', {scope: 'col'}, 'Period'));
  for (const {name} of values) head.append(element('th', {scope: 'col'}, name));
  const rows = periods.map(({label, complete}, i) =>
    element(
      'tr',
      {},
      element('th', {scope: 'row'}, complete ? label : `${label} (running)`),
      ...values.map(({data}) => element('td', {}, amount(data[i], unit))),
    ),
  );
  return element(
    'div',
    {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${title}: table`},
    element(
      'table',
      {},
      element('caption', {}, title),
      element('thead', {}, head),
      element('tbody', {}, ...rows.reverse()),
    ),
  );
}
