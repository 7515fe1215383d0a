import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isUuid} from '../../src/host/uuid.ts';

const id = '0f9d2c4e-1b7a-4a57-8a55-0123456789ab';
const forms: [text: string, isOne: boolean][] = [
  [id, true],
  [id.toUpperCase(), true],
  ['', false],
  [`${id}0`, false],
  [` ${id}`, false],
  [`{${id}}`, false],
  ['unknown_cluster', false],
];
for (const [text, isOne] of forms) {
  test(`${JSON.stringify(text)} is ${isOne ? 'a' : 'no'} UUID`, () => assert.is(isUuid(text), isOne));
}

test.run();
