import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {askStatistics} from '../../src/collector/ask.ts';
import {failure} from '../cluster/connection/connecting.ts';
import {type Canned, startScripted} from '../rig/scripted.ts';

const periods = [{label: '2026-11-27', from: '2026-11-27', to: '2026-11-27', complete: true}];
const values = [{name: 'a', data: [5]}];
const series = {name: 'active', grain: 'day', title: 'T', unit: 'clusters', over: 'o', periods, values};
const statistics = (one: unknown) => ({generated: '2026-11-28T00:00:00Z', minCell: 5, series: [one]});

async function asked(answer: Canned, ask: (url: string) => Promise<void>): Promise<void> {
  const server = await startScripted({tls: false, routes: {'*': answer}});
  try {
    await ask(server.url);
  } finally {
    await server.close();
  }
}

test('statistics are given as they came', () =>
  asked({body: statistics(series)}, async (url) => assert.equal(await askStatistics({url}), statistics(series))));

const strange: [what: string, body: unknown][] = [
  ['nothing', null],
  ['nothing for a series', statistics(null)],
  ['a name that is a number', statistics({...series, name: 5})],
  ['periods that are no list', statistics({...series, periods: {}})],
  ['nothing for a period', statistics({...series, periods: [null]})],
  ['a period that a terminal heeds', statistics({...series, periods: [{label: '\u001b[31m'}]})],
  ['values that are no list', statistics({...series, values: 'x'})],
  ['numbers that are texts', statistics({...series, values: [{name: 'a', data: ['5']}]})],
  ['more numbers than periods', statistics({...series, values: [{name: 'a', data: [5, 6]}]})],
];
for (const [what, body] of strange)
  test(`what is no answer of a collector is told as such: ${what}`, () =>
    asked({body: JSON.stringify(body)}, async (url) =>
      assert.match((await failure(askStatistics({url}))).message, /answers, but not as a collector/),
    ));

test('a refusal that is cut off is no answer', () =>
  asked({status: 500, headers: {'content-length': '9'}, body: 'abcdef', destroyAfter: 3}, async (url) =>
    assert.match((await failure(askStatistics({url}))).message, /No collector answers/),
  ));

test.run();
