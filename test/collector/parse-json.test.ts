import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseJson} from '../../src/collector/parse-json.ts';

for (const [what, text, expected] of [
  ['an object', '{"a":1}', {a: 1}],
  ['null, which is a value', 'null', null],
] as const) {
  test(`${what} is parsed`, () => assert.equal(parseJson(Buffer.from(text)), {value: expected}));
}
for (const [what, bytes, fault] of [
  ['nothing', '', /end of JSON/],
  ['half an object', '{"a":', /JSON/],
  ['what is not UTF-8', Buffer.of(0x22, 0xff, 0x22), /^it is not UTF-8$/],
  ['what is too deep', '['.repeat(20_000), /levels deep/],
  ['escape sequences', '\u001b[31m', /^[^\u001b]*$/],
] as const) {
  test(`${what} has a fault that can be shown`, () => assert.match(parseJson(Buffer.from(bytes)).fault ?? '', fault));
}

test.run();
