import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hostAndPort, isEveryAddress, parseAddress, reachable} from '../../src/collector/address.ts';

const addresses: [text: string, every: boolean, reached: string][] = [
  [':8080', true, 'machine.example:8080'],
  ['0.0.0.0:8080', true, 'machine.example:8080'],
  ['[::]:8080', true, 'machine.example:8080'],
  ['[0:0:0:0:0:0:0:0]:8080', true, 'machine.example:8080'],
  ['127.0.0.1:8080', false, '127.0.0.1:8080'],
  ['[::1]:8080', false, '[::1]:8080'],
  ['localhost:8080', false, 'localhost:8080'],
];
for (const [text, every, reached] of addresses) {
  test(`${text} is reached as ${reached}`, () => {
    const address = parseAddress(text, '--listen');
    assert.is(isEveryAddress(address), every);
    assert.is(hostAndPort(reachable(address, 'machine.example')), reached);
  });
}

test.run();
