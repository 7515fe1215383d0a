import {createHash} from 'node:crypto';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {encoded, measure} from '../../src/host/measure.ts';

const texts: Record<string, string> = {
  empty: '',
  short: 'abc',
  'just one piece': 'x'.repeat(2 ** 18),
  'one more': 'x'.repeat(2 ** 18 + 1),
  'a pair at the border': `${'x'.repeat(2 ** 18)}😀y`,
  'a pair across the border': `${'x'.repeat(2 ** 18 - 1)}😀y`,
  'a pair that just fits': `${'x'.repeat(2 ** 18 - 4)}😀y`,
  'pairs only': '😀'.repeat(100_000),
  'three bytes each': '€'.repeat(200_000),
};
for (const [name, text] of Object.entries(texts)) {
  test(`pieces put together are the text: ${name}`, () => {
    const bytes = Buffer.concat(Array.from(encoded(text), (piece) => Buffer.from(piece)));
    assert.ok(bytes.equals(Buffer.from(text)));
    const sha256 = createHash('sha256').update(text).digest('hex');
    assert.equal(measure(text), {bytes: Buffer.byteLength(text), sha256});
  });
}

test.run();
