import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isExcepted} from '../../src/host/no-proxy.ts';

// The table of golang.org/x/net/http/httpproxy's rules, by the server's host and port.
const cases: [list: string, server: string, excepted: boolean][] = [
  ['', 'api.corp.example:443', false],
  ['', 'localhost:443', true],
  ['', '127.0.0.1:443', true],
  ['', '127.9.9.9:443', true],
  ['', '[::1]:443', true],
  ['*', 'api.corp.example:443', true],
  ['corp.example', 'corp.example:443', true],
  ['corp.example', 'api.corp.example:443', true],
  ['corp.example', 'acorp.example:443', false],
  ['.corp.example', 'api.corp.example:443', true],
  ['.corp.example', 'corp.example:443', false],
  ['*.corp.example', 'api.corp.example:443', true],
  ['*.corp.example', 'corp.example:443', false],
  ['CORP.example', 'api.corp.EXAMPLE:443', true],
  [' other , corp.example ', 'api.corp.example:443', true],
  ['other,,', 'api.corp.example:443', false],
  ['corp.example:6443', 'api.corp.example:6443', true],
  ['corp.example:6443', 'api.corp.example:443', false],
  ['10.1.2.3', '10.1.2.3:443', true],
  ['10.1.2.3', '10.1.2.30:443', false],
  ['10.1.2.3:6443', '10.1.2.3:6443', true],
  ['10.1.2.3:6443', '10.1.2.3:443', false],
  ['10.0.0.0/8', '10.200.3.4:443', true],
  ['10.0.0.0/8', '11.0.0.1:443', false],
  ['10.0.0.0/8', '10.corp.example:443', false],
  ['10.0.0.0/99', '10.0.0.1:443', false],
  ['10.0.0.0/', '10.0.0.0:443', false],
  ['fd00::/8', '[fd12::3]:443', true],
  ['fd00::/8', '[fe80::3]:443', false],
  ['fd12::3', '[fd12::3]:443', true],
  ['fd12:0:0::3', '[fd12::3]:443', true],
  ['[fd12::3]', '[fd12::3]:443', false],
  ['[fd12::3]:6443', '[fd12::3]:6443', true],
  ['[fd12::3]:6443', '[fd12::3]:443', false],
  ['1.2.3', '10.1.2.3:443', false],
  ['.3', '10.1.2.3:443', false],
  ['rubbish/', 'rubbish:443', false],
];

for (const [list, server, excepted] of cases) {
  test(`NO_PROXY=${JSON.stringify(list)} ${excepted ? 'excepts' : 'means'} ${server}`, () => {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(server) ?? [];
    assert.is(isExcepted(host, port, list), excepted);
  });
}

test.run();
