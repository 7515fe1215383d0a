import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {equalJson, exactNumbers, isRawNumber, parseExact} from '../../src/helm/exact-json.ts';

const kept = [
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551615',
  '12345678901234567890.5',
  '{"a":[1,9007199254740993,null,"9007199254740993"]}',
];
for (const text of kept) test(`${text} stays as it is`, () => assert.is(JSON.stringify(parseExact(text)), text));

for (const text of ['1', '1.5', '-0.25', '1e3', '9007199254740991', '1.0'])
  test(`${text} is a plain number`, () => assert.not(isRawNumber(parseExact(text))));

const equal: [string, string, boolean][] = [
  ['{"a":1,"b":2}', '{"b":2,"a":1}', true],
  ['1.0', '1', true],
  ['1e3', '1000', true],
  ['9007199254740993', '9007199254740993', true],
  ['9007199254740993', '9007199254740992', false],
  ['{"a":null}', '{}', false],
  ['[]', '{}', false],
  ['"1"', '1', false],
  ['[1,2]', '[2,1]', false],
];
for (const [a, b, expected] of equal)
  test(`${a} ${expected ? 'equals' : 'differs from'} ${b}`, () =>
    assert.is(equalJson(parseExact(a), parseExact(b)), expected));

const paths: [string, string[]][] = [
  ['{"a":{"b.c":9007199254740993}}', ['a.b\\.c=9007199254740993']],
  ['{"l":[1,{"x":9007199254740993}]}', ['l[1].x=9007199254740993']],
  ['{"a,b":{"c=d[0]":9007199254740993}}', ['a\\,b.c\\=d\\[0\\]=9007199254740993']],
  ['{"a":1,"b":"9007199254740993","c":12345678901234567890.5}', []],
];
for (const [text, expected] of paths)
  test(`what Helm would round in ${text}`, () => assert.equal(exactNumbers(parseExact(text)), expected));

test.run();
