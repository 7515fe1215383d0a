import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {senders} from '../../src/collector/client-address.ts';
import {networkNumbers, noNetwork} from '../../src/collector/network.ts';

const {of} = senders({trustedProxies: [], sharedAddresses: ['198.51.100.0/24']});
const number = networkNumbers(Buffer.from('a'));

const table: [one: string, another: string, same: boolean][] = [
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['::ffff:192.0.2.7', '192.0.2.7', true],
  ['2001:db8:1:2:3:4:5:6', '2001:0DB8:0001:ffff::1', true],
  ['2001:db8:1::1', '2001:db8:2::1', false],
  ['127.0.0.1', '::1', false],
];
for (const [one, another, same] of table) {
  test(`${one} and ${another} are ${same ? 'one network' : 'two'}`, () => {
    assert.is(number(of(one)) === number(of(another)), same);
  });
}

test('another key gives other numbers; who shares an address, or has none, is of no network', () => {
  assert.is.not(number(of('192.0.2.7')), networkNumbers(Buffer.from('b'))(of('192.0.2.7')));
  assert.is.not(number(of('127.0.0.1')), noNetwork);
  assert.is(number(of('198.51.100.9')), noNetwork);
  assert.is(number(of(undefined)), noNetwork);
});

test.run();
