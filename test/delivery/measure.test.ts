import {createHash} from 'node:crypto';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {measure, pieces} from '../../src/delivery/measure.ts';

const texts: Record<string, string> = {
  empty: '',
  short: 'abc',
  'just one piece': 'x'.repeat(65_536),
  'one more': 'x'.repeat(65_537),
  'a pair across the border': `${'x'.repeat(65_535)}😀y`,
  'pairs only': '😀'.repeat(100_000),
  'three bytes each': '€'.repeat(200_000),
};
for (const [name, text] of Object.entries(texts)) {
  test(`pieces put together are the text: ${name}`, () => {
    const bytes = Buffer.concat([...pieces(text)].map((piece) => Buffer.from(piece)));
    assert.ok(bytes.equals(Buffer.from(text)));
    const sha256 = createHash('sha256').update(text).digest('hex');
    assert.equal(measure(text), {bytes: Buffer.byteLength(text), sha256});
  });
}

test.run();
