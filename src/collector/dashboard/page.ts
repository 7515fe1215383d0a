import type {Grain} from '../periods.ts';
import type {Series, Statistics} from '../series.ts';
import {core2} from '../series-names.ts';
import {type Card, card} from './card.ts';
import type {Chart} from './chart.ts';
import {element} from './element.ts';
import {glance} from './glance.ts';
import {inShares} from './shares.ts';

const grains: readonly Grain[] = ['day', 'week', 'month'];
const place = document.querySelector<HTMLElement>('#cards')!;
const status = document.querySelector<HTMLElement>('#status')!;
const numbers = document.querySelector<HTMLElement>('#glance')!;
const measures = document.querySelectorAll<HTMLButtonElement>('button[data-measure]');
const choices = document.querySelectorAll<HTMLInputElement>('input[name=grain]');

let series: readonly Series[] = [];
let charts: Chart[] = [];

/** The view of the address, so that it can be bookmarked: `#week`, `#week,shares`. */
function viewOf(): {grain: Grain; isShares: boolean} {
  const words = location.hash.slice(1).split(',');
  return {grain: grains.find((grain) => words.includes(grain)) ?? 'day', isShares: words.includes('shares')};
}

function go(grain: string, isShares: boolean): void {
  location.hash = isShares ? `${grain},shares` : grain;
}

async function fetchAll(): Promise<void> {
  status.textContent = 'Loading…';
  try {
    // Small groups are shown here and folded in what is downloaded: this page is for who runs the collector.
    const response = await fetch('api/v1/stats?min-cell=1');
    if (!response.ok) throw new Error(await response.text());
    const answer = (await response.json()) as Statistics;
    series = answer.series;
    status.textContent = `As of ${answer.generated.slice(0, 19).replace('T', ' ')} UTC.`;
  } catch (error) {
    status.textContent = `The statistics can’t be had at present: ${(error as Error).message}`;
  }
}

function show(): void {
  const {grain, isShares} = viewOf();
  for (const button of measures)
    button.setAttribute('aria-pressed', String((button.dataset.measure === 'shares') === isShares));
  for (const choice of choices) choice.checked = choice.value === grain;
  for (const chart of charts) chart.remove();
  const all = series.filter((one) => one.grain === grain);
  numbers.replaceChildren(...glance(all));
  const isCore2 = ({name}: Series) => name.startsWith(core2);
  const cardsOf = (some: readonly Series[]) => some.map((one) => card(isShares ? inShares(one) : one));
  const [reports, events] = [cardsOf(all.filter((one) => !isCore2(one))), cardsOf(all.filter(isCore2))];
  const heading = element('h2', {class: 'part'}, 'Seldon Core 2, as its Hodometer reports');
  const roots = (some: readonly Card[]) => some.map(({root}) => root);
  place.replaceChildren(...roots(reports), ...(events.length > 0 ? [heading, ...roots(events)] : []));
  const cards = [...reports, ...events];
  charts = cards.map(({show}) => show()).filter((chart) => chart !== undefined);
}

function redraw(): void {
  for (const chart of charts) chart.draw();
}

for (const choice of choices) {
  choice.addEventListener('change', () => {
    go(choice.value, viewOf().isShares);
  });
}
for (const button of measures) {
  button.addEventListener('click', () => go(viewOf().grain, button.dataset.measure === 'shares'));
}
document.querySelector('#reload')!.addEventListener('click', () => fetchAll().then(show));
addEventListener('hashchange', show);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
let width = innerWidth;
addEventListener('resize', () => {
  // Phones send this also when the address bar moves.
  if (innerWidth === width) return;
  width = innerWidth;
  redraw();
});
await fetchAll();
show();
