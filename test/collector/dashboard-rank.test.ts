import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {rank} from '../../src/collector/dashboard/rank.ts';
import {hasShares, inShares} from '../../src/collector/dashboard/shares.ts';
import {questions, type Series, type SeriesName} from '../../src/collector/series.ts';

function series(name: SeriesName, values: Record<string, (number | null)[]>): Series {
  const {title, unit} = questions.find((question) => question.name === name)!;
  const periods = Object.values(values)[0]!.map((_, i) => ({label: `p${i}`, from: '', to: '', complete: true}));
  return {
    name,
    grain: 'day',
    title,
    unit,
    over: '',
    periods,
    values: Object.entries(values).map(([name, data]) => ({name, data})),
  };
}

const ranks: [name: string, of: Series, expected: [string, number, number][]][] = [
  [
    'the largest first',
    series('os', {linux: [9, 2], windows: [0, 8], mixed: [1, 4]}),
    [
      ['windows', 8, 1],
      ['mixed', 4, 0.5],
      ['linux', 2, 0.25],
    ],
  ],
  ['a single value', series('os', {linux: [9]}), [['linux', 9, 1]]],
  [
    'what is gone or hidden has no bar',
    series('os', {linux: [9, 2], windows: [9, 0], other: [9, null]}),
    [['linux', 2, 1]],
  ],
  ['gone clusters are none that report', series('change', {new: [1], gone: [9]}), [['new', 1, 1]]],
  ['a total', series('nodes', {nodes: [9]}), []],
  ['a total of Core 2', series('core2-models', {models: [9]}), []],
  ['gone clusters of Core 2', series('core2-change', {new: [1], gone: [9]}), [['new', 1, 1]]],
  [
    'those who have some',
    series('core2-with', {models: [9], pipelines: [3]}),
    [
      ['models', 9, 1],
      ['pipelines', 3, 1 / 3],
    ],
  ],
  ['nothing', series('os', {linux: [0]}), []],
];
for (const [name, of, expected] of ranks)
  test(`ranked: ${name}`, () =>
    assert.equal(
      rank(of).map(({name, value, length}) => [name, value, length]),
      expected,
    ));

test('shares: of each period, in percent', () => {
  const {unit, values} = inShares(series('kubernetes', {'1.33': [1, 0, 3], '1.32': [3, 0, 1], other: [null, null, 4]}));
  assert.is(unit, '%');
  assert.equal(
    values.map(({data}) => data),
    [
      [25, 0, 37.5],
      [75, 0, 12.5],
      [null, null, 50],
    ],
  );
});
test('shares: what is no part of a whole stays', () => {
  for (const name of [
    'active',
    'change',
    'nodes',
    'memory',
    'clamped',
    'refused',
    'core2-with',
    'core2-models',
  ] as const) {
    const one = series(name, {x: [1, 2]});
    assert.not(hasShares(one));
    assert.is(inShares(one), one);
  }
});

test.run();
