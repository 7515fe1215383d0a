import uPlot from 'uplot';
import {drawnOf, stacked} from './drawn.ts';
import {shortAmount} from './format.ts';
import {colour, styled} from './palette.ts';
import type {Shown} from './shares.ts';

/** A chart on the page. */
export interface Chart {
  /** Draws anew, in the width of its place and the colours of the page. */
  draw(): void;
  remove(): void;
}

const height = 220;
/** Distances between lines of the grid: round in the unit, and never a fraction of a cluster. */
const decimalSteps = Array.from({length: 16}, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
const binarySteps = Array.from({length: 60}, (_, power) => 2 ** power);

/**
 * Draws a series into `place`: stacked columns where values add up, else one line.
 *
 * @param point is told the index of the period under the pointer or the keyboard's cursor; null when there is none
 */
export function chart(place: HTMLElement, series: Shown, point: (index: number | null) => void): Chart {
  let plot: uPlot | undefined;
  const draw = () => {
    plot?.destroy();
    const {values, isStacked} = drawnOf(series);
    const numbers = isStacked ? stacked(values) : values.map(({data}) => [...data]);
    const data = [series.periods.map((_, i) => i), ...numbers.reverse()] as uPlot.AlignedData;
    plot = new uPlot(options(place.clientWidth, series, values.length, isStacked, point), data, place);
    // The page describes the chart in words, and the table holds its numbers.
    plot.root.setAttribute('aria-hidden', 'true');
  };
  place.addEventListener('keydown', (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, Home: -1e6, End: 1e6}[event.key];
    if (step === undefined || !plot) return;
    event.preventDefault();
    const last = series.periods.length - 1;
    const index = Math.max(0, Math.min(last, (plot.cursor.idx ?? (step < 0 ? last + 1 : -1)) + step));
    plot.setCursor({left: plot.valToPos(index, 'x'), top: height / 2});
  });
  place.addEventListener('blur', () => plot?.setCursor({left: -10, top: -10}));
  draw();
  return {draw, remove: () => plot?.destroy()};
}

function options(
  width: number,
  {periods, unit}: Shown,
  drawn: number,
  isStacked: boolean,
  point: (index: number | null) => void,
): uPlot.Options {
  const [text, line] = [styled('--muted'), styled('--line')];
  const bars = uPlot.paths.bars!({size: [0.72, 48], align: 0});
  const font = '12px system-ui, sans-serif';
  // Drawn from the top of the stack down, so that each column covers the foot of the one behind it.
  const lines = Array.from({length: drawn}, (_, i): uPlot.Series => {
    const ink = colour(drawn - 1 - i);
    return isStacked || periods.length === 1
      ? {stroke: ink, fill: ink, width: 0, paths: bars, points: {show: false}}
      : {
          stroke: ink,
          ...(drawn === 1 ? {fill: `${ink}22`} : {}),
          width: 2,
          points: {show: periods.length < 40, size: 5, fill: ink},
        };
  });
  return {
    width: Math.max(width, 200),
    height,
    legend: {show: false},
    padding: [8, 8, 0, 0],
    scales: {
      x: {time: false, range: () => [-0.6, Math.max(periods.length, 4) - 0.4]},
      y: {range: (_, __, most) => [0, unit === '%' ? 100 : Math.max(most || 0, 1) * 1.08]},
    },
    series: [{}, ...lines],
    axes: [
      {
        stroke: text,
        font,
        grid: {show: false},
        ticks: {show: false},
        space: 84,
        size: 28,
        incrs: [1, 2, 4, 7, 14, 28, 56, 112, 364],
        values: (_, splits) => splits.map((i) => periods[i]?.label ?? ''),
      },
      {
        stroke: text,
        font,
        grid: {stroke: line, width: 1},
        ticks: {show: false},
        size: 64,
        incrs: unit === 'MiB' ? binarySteps : decimalSteps,
        values: (_, splits) => splits.map((value) => shortAmount(value, unit)),
      },
    ],
    cursor: {y: false, drag: {x: false, y: false}, points: {show: !isStacked}},
    hooks: {
      setCursor: [({cursor}) => point(cursor.left !== undefined && cursor.left >= 0 ? (cursor.idx ?? null) : null)],
    },
  };
}
