import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseRange, senders} from '../../src/collector/client-address.ts';

const known = senders({
  trustedProxies: ['10.0.0.0/8', '2001:db8:1::/48'],
  sharedAddresses: ['192.0.2.7', '::ffff:198.51.100.0/120'],
});

for (const [one, other, isSame] of [
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['192.0.2.1', '::ffff:c000:201', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['2001:db8::1', '2001:db8::ffff:1', true],
  ['2001:db8::1', '2001:DB8:0:0:1:2:3:4', true],
  ['2001:db8::1', '2001:db8:0:1::1', false],
  ['fe80::1%eth0', 'fe80::1%eth1', true],
] as const) {
  test(`${one} and ${other} ${isSame ? 'share' : 'do not share'}`, () =>
    assert.is(known.of(one).key === known.of(other).key, isSame));
}

for (const [address, isProxy, isShared] of [
  ['10.1.2.3', true, false],
  ['::ffff:10.1.2.3', true, false],
  ['11.1.2.3', false, false],
  ['2001:db8:1::5', true, false],
  ['192.0.2.7', false, true],
  ['192.0.2.8', false, false],
  ['198.51.100.200', false, true],
] as const) {
  test(`${address} is ${isProxy ? 'a proxy' : isShared ? 'shared' : 'neither'}`, () => {
    assert.is(known.of(address).isProxy, isProxy);
    assert.is(known.of(address).isShared, isShared);
  });
}

for (const [header, address] of [
  [undefined, undefined],
  ['', undefined],
  ['203.0.113.9', '203.0.113.9'],
  ['198.18.0.1, 203.0.113.9', '203.0.113.9'],
  ['198.18.0.1, 203.0.113.9, 10.0.0.1', '203.0.113.9'],
  ['198.18.0.1,203.0.113.9:4711', '203.0.113.9'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['203.0.113.9, unknown', undefined],
  ['203.0.113.9, nonsense, 10.0.0.1', '10.0.0.1'],
  ['10.0.0.2, 10.0.0.1', '10.0.0.2'],
] as const) {
  test(`X-Forwarded-For ${header} names ${address}`, () => assert.is(known.forwarded(header), address));
}

for (const text of [
  '',
  'x',
  '10.0.0.0/33',
  '::/129',
  '10.0.0/8',
  '10.0.0.0/8/8',
  '::ffff:10.0.0.0/80',
  'fe80::1%eth0/64',
]) {
  test(`${JSON.stringify(text)} is not a block`, () =>
    assert.throws(() => parseRange(text, '--trusted-proxy'), /is not a block/));
}

test.run();
