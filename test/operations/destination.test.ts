import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {chosenDestinations, shownDestinations} from '../../src/operations/destination.ts';

const cases: [urls: string[], env: Record<string, string>, shown: string, origin: string][] = [
  [['https://a.example'], {SELDON_USAGE_URL: 'https://b.example'}, 'https://a.example/api/v1', 'flag'],
  [['https://a.example/x?key=1', 'http://127.0.0.1:1/'], {}, 'https://a.example/x, http://127.0.0.1:1/api/v1', 'flag'],
  [[], {SELDON_USAGE_URL: 'https://b.example'}, 'https://b.example/api/v1', 'variable'],
  [[], {}, 'http://seldon-core-stats.seldon.io/api/v1', 'default'],
];
for (const [urls, env, value, origin] of cases) {
  test(`${urls.join(' ') || 'no flag'}, ${JSON.stringify(env)}: ${value}`, () => {
    assert.equal(shownDestinations(chosenDestinations(urls, {env, home: '/nowhere'})), {value, origin});
  });
}

test('credentials in a URL are refused and not shown', () => {
  const around = {env: {SELDON_USAGE_URL: 'https://me:hunter2@a.example'}, home: '/nowhere'};
  assert.throws(
    () => chosenDestinations([], around),
    (error: Error) => !error.message.includes('hunter2'),
  );
});

test.run();
