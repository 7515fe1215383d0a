import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {Part} from '../../../src/collector/move/part.ts';

// What it takes of a part is tried on stores: test/collector/store/export-cases.ts.

const heading = {
  kind: 'export',
  format: 1,
  id: '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10',
  made: '2026-11-22',
  by: '1.2.3',
};
const report = (number: number, more: object = {}) => ({
  ...{kind: 'report', number, received: 5, cluster: 'x', span: 0, body: `of ${number}`},
  ...more,
});

async function* bytesOf(lines: readonly object[], rest = '') {
  yield Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('') + rest);
}
const key = (number: number, more: object = {}) => ({number, received: 5, cluster: 'x', ...more});
const order = (a: {number: number}, b: {number: number}) => a.number - b.number;

test('bodies are taken in their order, past those that are not asked for, of each kind', async () => {
  const lines = [report(1), report(2), report(4), {kind: 'cell'}, report(1, {of: 'hodometer', once: 'a'})];
  const part = await Part.of(bytesOf([heading, ...lines]), '1.2.3');
  const take = (...given: [number: number, more?: object]) => part.take(key(...given), order);
  assert.is(await take(2), 'of 2');
  assert.is(await take(3), undefined);
  assert.is(await take(4), 'of 4');
  assert.not(part.isSpent);
  assert.is(await take(5), undefined);
  assert.not(part.isSpent);
  assert.is(await take(1, {of: 'hodometer', once: 'a'}), 'of 1');
  assert.is(await take(2, {of: 'hodometer'}), undefined);
  assert.ok(part.isSpent);
  assert.equal([part.asked, part.taken], [6, 3]);
});

test('a last line that was cut off is not taken, nor a body that is not the report’s', async () => {
  const part = await Part.of(bytesOf([heading, report(1)], JSON.stringify(report(2)).slice(0, -3)), '1.2.3');
  assert.is(await part.take(key(1), order, (body) => body === 'other'), undefined);
  assert.is(await part.take(key(2), order), undefined);
  assert.equal([part.taken, part.isSpent], [0, true]);
});

for (const [what, lines, message] of [
  ['nothing', [], /has no first line/],
  ['something else', [{kind: 'report'}], /is not the first line of an export/],
  ['an export of another version', [{...heading, by: '1.2.4'}], /is of another version of this program/],
  ['another format', [{...heading, format: 2}], /of an export of format 2/],
] as const)
  test(`${what} is told of`, async () => {
    const error = await Part.of(bytesOf(lines), '1.2.3').catch((error: unknown) => error);
    assert.match(String(error), message);
  });

test.run();
