import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readProxyHeader} from '../../src/collector/proxy-protocol.ts';

const signature = '0d0a0d0a000d0a515549540a';
const hex = (text: string) => Buffer.from(signature + text.replaceAll(' ', ''), 'hex');
const long = 'x'.repeat(120);

for (const [what, bytes, expected] of [
  ['HTTP', 'POST /api/v1 HTTP/1.1\r\n', {is: 'none'}],
  ['the beginning of either', 'P', {is: 'incomplete'}],
  ['half a line', 'PROXY TCP4 192.0.2.1', {is: 'incomplete'}],
  ['v1 of IPv4', 'PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\nGET', {is: 'header', length: 35, address: '192.0.2.1'}],
  ['v1 of IPv6', 'PROXY TCP6 2001:db8::1 ::1 1 2\r\n', {is: 'header', length: 32, address: '2001:db8::1'}],
  ['v1 of nobody', 'PROXY UNKNOWN\r\n', {is: 'header', length: 15}],
  ['v1 that never ends', `PROXY TCP4 ${long}`, {is: 'wrong'}],
  ['v1 of nonsense', 'PROXY TCP4 a b c d\r\n', {is: 'wrong'}],
  ['v2 of IPv4', hex('21 11 000c c0000201 0a000001 0001 0002'), {is: 'header', length: 28, address: '192.0.2.1'}],
  ['v2 cut', hex('21 11 000c c0000201'), {is: 'incomplete'}],
  ['v2 of the proxy', hex('20 00 0000'), {is: 'header', length: 16}],
  ['v2 of another version', hex('31 11 000c c0000201 0a000001 0001 0002'), {is: 'wrong'}],
  ['v2 that is too short', hex('21 11 0004 c0000201'), {is: 'wrong'}],
  ['v2 that is too long', hex('21 11 ffff'), {is: 'wrong'}],
] as const) {
  test(`the PROXY protocol: ${what}`, () => assert.equal(readProxyHeader(Buffer.from(bytes as Buffer)), expected));
}

test.run();
