import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isLoopbackAddress, isLoopbackHost} from '../../src/host/loopback.ts';

const cases: [host: string, asAddress: boolean, asHost: boolean][] = [
  ['127.0.0.1', true, true],
  ['127.255.0.9', true, true],
  ['::1', true, true],
  ['[::1]', false, true],
  ['0:0:0:0:0:0:0:1', true, true],
  ['::ffff:127.0.0.1', true, true],
  ['::ffff:7f00:1', true, true],
  ['localhost', false, true],
  ['LocalHost', false, true],
  ['collector.localhost', false, true],
  ['128.0.0.1', false, false],
  ['::2', false, false],
  ['::ffff:10.0.0.1', false, false],
  ['127.0.0.1.example.com', false, false],
  ['localhost.example.com', false, false],
  ['notlocalhost', false, false],
  ['', false, false],
];
for (const [host, asAddress, asHost] of cases) {
  test(`${JSON.stringify(host)} as an address: ${asAddress}, as a host: ${asHost}`, () => {
    assert.is(isLoopbackAddress(host), asAddress);
    assert.is(isLoopbackHost(host), asHost);
  });
}

test.run();
