import {isIP} from 'node:net';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {ipVersion} from '../../src/host/ip-version.ts';

const hosts = [
  ...[
    '',
    'localhost',
    'collector.example.com',
    'cafe.de',
    'a',
    '1',
    '1.2.3',
    '0x7f.1',
    '256.1.1.1',
    '127.0.0.1',
    '010.0.0.1',
  ],
  ...[
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fe80::1%',
    '%eth0',
    '::ffff:127.0.0.1',
    '::FFFF:1.2.3.4',
    '[::1]',
    '1::2::3',
    ':::',
  ],
];
for (const host of hosts) {
  test(`${host || 'nothing'} is what Node says it is`, () => assert.is(ipVersion(host), isIP(host)));
}

test.run();
