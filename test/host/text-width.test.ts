import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {padColumns, textWidth} from '../../src/host/text-width.ts';

const cases: [text: string, columns: number][] = [
  ['', 0],
  ['plain', 5],
  ['3 × “x” → …', 11],
  ['日本語', 6],
  ['ＡＢ', 4],
  ['e\u0301te\u0301', 3],
  ['\u001b[31mred\u001b[39m', 3],
  ['\u001b[1m日\u001b[22m', 2],
  ['a\u200bb', 2],
  ['😀', 2],
];
for (const [text, columns] of cases) {
  test(`${JSON.stringify(text)} takes ${columns}`, () => assert.is(textWidth(text), columns));
}

test('padding counts columns', () => assert.is(padColumns('日本', 6), '日本  '));

test.run();
