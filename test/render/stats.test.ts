import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Series} from '../../src/collector/series.ts';
import {textWidth} from '../../src/host/text-width.ts';
import {renderStatistics} from '../../src/render/stats.ts';

const periods = [
  {label: '2026-W46', from: '2026-11-09', to: '2026-11-15', complete: true},
  {label: '2026-W47', from: '2026-11-16', to: '2026-11-22', complete: false},
];
const series = (name: Series['name'], value: string, data: (number | null)[]): Series => ({
  ...{name, grain: 'week', title: name, unit: 'clusters', over: 'Clusters.', periods},
  values: data.length > 0 ? [{name: value, data}] : [],
});
const hidden = /^· hidden, or folded/m;
const beside = /^ {2}· fewer than 10 clusters: hidden\. --min-cell 1 on your own machine/m;
const notYet = /^… not counted yet/m;

const cases: [name: string, one: Series, minCell: number, says: RegExp[], not: RegExp[]][] = [
  ['a single cluster', series('active', 'clusters', [0, null]), 10, [beside, hidden, /clusters +0 +·$/m], [notYet]],
  ['many clusters', series('active', 'clusters', [40, 40]), 10, [/clusters +40 +40$/m], [hidden, beside, notYet]],
  ['a folded cell', series('provider', 'gce', [12, null]), 10, [hidden, /gce +12 +·$/m], [beside, notYet]],
  ['gone, still running', series('change', 'gone', [12, null]), 10, [notYet, /gone +12 +…$/m], [hidden]],
  ['gone, hidden', series('change', 'gone', [null, null]), 10, [notYet, hidden, /gone +· +…$/m], []],
  ['nothing hidden', series('change', 'gone', [1, null]), 1, [notYet, /gone +1 +…$/m], [hidden]],
  ['no cell, all hidden', series('provider', '', []), 10, [/\(none, or fewer than 10 clusters\)/], []],
  ['no cell, nothing hidden', series('provider', '', []), 1, [/\(none\)/], []],
];
for (const [name, one, minCell, says, not] of cases) {
  test(name, () => {
    const text = renderStatistics({generated: '2026-11-22T00:00:00Z', minCell, series: [one]}, 80);
    for (const line of says) assert.match(text, line);
    for (const line of not) assert.not.match(text, line);
  });
}

const none = [series('active', 'clusters', [0, 0]), series('provider', '', [])];
const some = [series('core2-active', 'clusters', [0, 12]), series('core2-change', 'new', [0, 12])];
test('what is not printed has no footnote', () => {
  const all = [...none, series('change', 'gone', [0, null])];
  assert.not.match(renderStatistics({generated: '2026-11-22T00:00:00Z', minCell: 1, series: all}, 80), notYet);
});
const titles: [what: string, all: Series[], named: boolean, titles: string[]][] = [
  ['nothing arrived', none, false, ['active']],
  ['Core 2 alone', [...none, ...some], false, ['active', 'core2-active', 'core2-change']],
  ['requests were refused', [...none, series('refused', 'busy', [0, 1])], false, ['active', 'refused']],
  ['it was asked by name', none, true, ['active', 'provider']],
  ['the number is hidden', [series('active', 'clusters', [0, null]), none[1]!], false, ['active', 'provider']],
];
for (const [what, all, named, expected] of titles) {
  test(`which questions are answered where ${what}`, () => {
    const text = renderStatistics({generated: '2026-11-22T00:00:00Z', minCell: 10, series: all}, 80, named);
    assert.equal(text.match(/^(core2-)?(active|change|provider|refused)$/gm), expected);
  });
}
test('a name of wide characters has as many periods beside it as fit', () => {
  const many = Array.from({length: 12}, (_, i) => ({...periods[0]!, label: `2026-W${30 + i}`}));
  const one = {
    ...series(
      'provider',
      '雲'.repeat(14),
      many.map((_, i) => 20 + i),
    ),
    periods: many,
  };
  const text = renderStatistics({generated: '2026-11-22T00:00:00Z', minCell: 1, series: [one]}, 60);
  assert.match(text, /雲 +30 +31$/m);
  assert.ok(Math.max(...text.split('\n').map(textWidth)) <= 60, text);
});

test.run();
