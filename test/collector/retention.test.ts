import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {tooOld} from '../../src/collector/retention.ts';

const [hour, day] = [3_600_000, 24 * 3_600_000];

test('what is too old', () => {
  assert.equal(tooOld(100 * day + hour, {reports: 30 * day, days: 62}), {received: 70 * day + hour, day: 38});
});

test.run();
