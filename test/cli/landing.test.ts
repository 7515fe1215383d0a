import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {landed, withDefault} from '../../src/cli/landing.ts';
import {settingRow} from '../../src/settings.ts';

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
test('the default of a setting is told as it is', () =>
  assert.is(withDefault('timeout', 'longest time'), `longest time (default: ${settingRow('timeout').default})`));

test.run();
