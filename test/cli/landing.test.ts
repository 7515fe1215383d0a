import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {landed, settingHelp, settled} from '../../src/cli/landing.ts';
import {type SettingName, settingRow} from '../../src/settings.ts';

test('a flag lands under its own name, and what is of no definition does not', () =>
  assert.equal(
    landed<{as: 0; asUserExtra: 0; clusterID: 0}>()(
      {'as-user-extra': ['a=b'], as: 'jane', json: true, 'cluster-id': 'x'},
      {as: 0, 'as-user-extra': 0, 'cluster-id': 0},
    ),
    {as: 'jane', asUserExtra: ['a=b'], clusterID: 'x'},
  ));
test('a flag that would land nowhere does not compile', () => {
  // @ts-expect-error no option has that name
  landed<{as: 0}>()({'as-uid': 'x'}, {'as-uid': 0});
});
test('a flag of a setting lands with the value of the setting where it is not given', () => {
  const land = (flags: {timeout?: number; 'allow-http'?: boolean; cacert?: string}, env = {}) =>
    settled<{timeout: 0; allowHttp: 0; cacert: 0}>()(
      flags,
      {timeout: 0, 'allow-http': 0, cacert: 0},
      {env, home: '/nowhere'},
    );
  assert.equal(land({}), {timeout: 60_000, allowHttp: false, cacert: undefined});
  assert.equal(land({timeout: 5, 'allow-http': true, cacert: 'a'}), {timeout: 5, allowHttp: true, cacert: 'a'});
  const env = {SELDON_USAGE_TIMEOUT: '2m', SELDON_USAGE_ALLOW_HTTP: 'yes', SELDON_USAGE_CACERT: 'b'};
  assert.equal(land({}, env), {timeout: 120_000, allowHttp: true, cacert: 'b'});
});
const row = settingRow;
const helps: [name: SettingName, help: string][] = [
  ['timeout', `${row('timeout').what} (default: ${row('timeout').default})`],
  ['url', `${row('url').what}; repeatable (default: ${row('url').default})`],
  ['also', `${row('also').what}; repeatable`],
  ['allow-http', row('allow-http').what],
];
for (const [name, help] of helps)
  test(`the help of ${name} is the text of its setting`, () => assert.is(settingHelp(name), help));

test.run();
