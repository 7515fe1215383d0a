import type {Grain} from '../periods.ts';
import type {Series, Statistics} from '../series.ts';
import {card} from './card.ts';
import type {Chart} from './chart.ts';

const grains: readonly Grain[] = ['day', 'week', 'month'];
const place = document.querySelector<HTMLElement>('#cards')!;
const status = document.querySelector<HTMLElement>('#status')!;
const choices = document.querySelectorAll<HTMLInputElement>('input[name=grain]');

let series: readonly Series[] = [];
let charts: Chart[] = [];

/** The grain of the address, so that a view can be bookmarked. */
function grainOf(): Grain {
  return grains.find((grain) => `#${grain}` === location.hash) ?? 'day';
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
  const grain = grainOf();
  for (const choice of choices) choice.checked = choice.value === grain;
  for (const chart of charts) chart.remove();
  const cards = series.filter((one) => one.grain === grain).map(card);
  place.replaceChildren(...cards.map(({root}) => root));
  charts = cards.map(({show}) => show()).filter((chart) => chart !== undefined);
}

function redraw(): void {
  for (const chart of charts) chart.draw();
}

for (const choice of choices) {
  choice.addEventListener('change', () => {
    location.hash = choice.value;
  });
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
