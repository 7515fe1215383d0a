import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readLines} from '../../../src/collector/move/read-lines.ts';

async function* chunks(...texts: (string | Uint8Array)[]) {
  for (const text of texts) yield Buffer.from(text as string);
}
async function all(...texts: (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(chunks(...texts), 100)) lines.push(line);
  return lines;
}

test('lines are read whatever the chunks', async () => {
  assert.equal(await all('{"a":1}\n{"ä', '":', '2}\n', '{}'), ['{"a":1}', '{"ä":2}', '{}']);
  assert.equal(await all(), []);
  assert.equal(await all(Buffer.from('"ä').subarray(0, 2), Buffer.from('"ä"\n').subarray(2)), ['"ä"']);
});

for (const [what, text, message] of [
  ['a long line', 'x'.repeat(101), /longer than 100 bytes/],
  ['a line that is no UTF-8', Buffer.of(0x22, 0xff, 0x22, 0x0a), /^BadLine: is not UTF-8$/],
  ['a deep line', '['.repeat(50), /^BadLine: is nested deeper than 4 levels$/],
] as const) {
  test(`${what} is refused`, async () => {
    const error = await all(text).catch((error: unknown) => error);
    assert.match(String(error), message);
  });
}

for (const [what, text] of [
  ['', '{"a":'],
  [' in a character', Buffer.from('{"ä').subarray(0, 3)],
] as const)
  test(`a last line that was cut off${what} is left out`, async () => assert.equal(await all('{}\n', text), ['{}']));

test.run();
