import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {named} from '../../../src/cluster/connection/named.ts';

const cases: [context: string, server: string, user: string, name: string][] = [
  ['kind', 'https://h:1', 'jane', 'context kind, server https://h:1, user jane'],
  ['a\u001b[31mb', 'https://h', 'j\nk', 'context ab, server https://h, user j k'],
  ['c', 'https://jane:planted@h', 'u', 'context c, server https://[removed]@h, user u'],
];
for (const [context, server, user, name] of cases)
  test(JSON.stringify(context), () => assert.is(named({context, server, user}), name));

test.run();
