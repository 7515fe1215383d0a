import {copyFileSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {lookOver, type Place, walk} from '../../../../src/collector/store/sqlite/walk.ts';
import {sqliteWriter} from '../../../../src/collector/store/sqlite/writer.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {newFolder} from '../../../folder.ts';
import {acceptedOn, today} from '../suite.ts';

const pageSize = 8192;
const sound = join(newFolder(), 'reports.db');
const writer = sqliteWriter(sound, {create: true});
for (let i = 0; i < 20; i++) {
  writer.append(Array.from({length: 30}, (_, k) => acceptedOn(today - (i % 5), 1 + ((i * 30 + k) % 200))));
}
// A report of several pages.
writer.append([{...acceptedOn(today, 500), body: JSON.stringify({text: 'x'.repeat(5 * pageSize)})}]);
writer.countRefused(today, {busy: 1});
writer.close();
const pages = statSync(sound).size / pageSize;

/** Reads to the end, a little at a time. */
function wholeWalk(path: string, most: number): {damage: string | undefined; steps: number} {
  let place: Place | undefined = {tree: 0};
  for (let steps = 1; ; steps++) {
    const {next, damage}: ReturnType<typeof walk> = walk(path, place, most);
    if (damage || !next) return {damage, steps};
    place = next;
  }
}

function spoilt(page: number, content: Uint8Array): string {
  const path = join(newFolder(), 'reports.db');
  const bytes = readFileSync(sound);
  bytes.set(content, (page - 1) * pageSize);
  writeFileSync(path, bytes);
  return path;
}

test('a sound store is read to its end, a row at a time or at once', () => {
  assert.is(wholeWalk(sound, 10_000).damage, undefined);
  assert.is(wholeWalk(sound, 10_000).steps, 1);
  const {damage, steps} = wholeWalk(sound, 0);
  assert.is(damage, undefined);
  assert.ok(steps > 600, `${steps} steps`);
  assert.is(lookOver(sound, 1000), undefined);
});

const contents: [name: string, content: Uint8Array][] = [
  ['zeros', new Uint8Array(pageSize)],
  ['noise', Uint8Array.from({length: pageSize}, (_, i) => (i * i * 31 + i * 7 + 13) % 251)],
];
for (const [name, content] of contents) {
  test(`${name} in the place of any page are found, at the start and by a walk`, () => {
    const unseen: string[] = [];
    for (let page = 2; page <= pages; page++) {
      const path = spoilt(page, content);
      if (lookOver(path, 1000) === undefined) unseen.push(`${page} at the start`);
      if (wholeWalk(path, 1).damage === undefined) unseen.push(`${page} by a walk`);
    }
    assert.equal(unseen, [], `of ${pages} pages`);
  });
}

test('a store that is too large for the time is looked over in part', () => {
  const path = join(newFolder(), 'large.db');
  copyFileSync(sound, path);
  const large = sqliteWriter(path, {create: false});
  const body = JSON.stringify({text: 'x'.repeat(200_000)});
  large.append(Array.from({length: 400}, (_, i) => ({...acceptedOn(today, i + 1), body})));
  large.close();
  // Without time it reads a row and tells where to go on.
  assert.equal(walk(path, {tree: 0}, 0), {next: {tree: 0, key: [1]}});
  assert.is(lookOver(path, 60), undefined);
});

test('a store that is gone is trouble, and not damaged', () => {
  const path = join(newFolder(), 'gone.db');
  for (const look of [() => walk(path, {tree: 0}, 10), () => lookOver(path, 10)])
    assert.throws(look, (error: unknown) => error instanceof StoreTrouble);
});

test.run();
