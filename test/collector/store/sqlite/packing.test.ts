import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {gunzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {backUp} from '../../../../src/collector/store/sqlite/copy.ts';
import {packed, unpacked} from '../../../../src/collector/store/sqlite/packing.ts';
import {piecesOf} from '../../../../src/collector/store/sqlite/pieces.ts';
import {walk} from '../../../../src/collector/store/sqlite/walk.ts';
import {sqliteWriter} from '../../../../src/collector/store/sqlite/writer.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {newFolder} from '../../../folder.ts';
import {acceptedOn, millisecondsADay, today} from '../suite.ts';

type Stored = {id: number; received: number; body: string | Uint8Array; marked: number};

function rows(path: string): Stored[] {
  const database = new DatabaseSync(path);
  const all = database.prepare('SELECT id, received, body, marked FROM report ORDER BY id').all();
  database.close();
  return all as unknown as Stored[];
}

const told = (path: string) => rows(path).map(({body, ...rest}) => ({...rest, body: unpacked(body)}));
const blobs = (path: string) => rows(path).filter(({body}) => typeof body !== 'string');

/** A store with so many reports of 3 KB, none packed. */
async function filled(reports: number): Promise<string> {
  const path = join(newFolder(), 'reports.db');
  const writer = sqliteWriter(path, {create: true});
  await writer.append(Array.from({length: reports}, (_, i) => acceptedOn(today - (i % 3), i, {}, 6)));
  await writer.close();
  return path;
}

async function packAll(path: string, most = 7): Promise<void> {
  const writer = sqliteWriter(path, {create: false});
  while (await writer.pack(most));
  await writer.close();
}

test('what is packed is the same to the byte, in less than half of the room', async () => {
  const path = await filled(300);
  const before = told(path);
  const size = statSync(path).size;
  await packAll(path);
  assert.is(blobs(path).length, 300);
  assert.equal(told(path), before);
  assert.is(walk(path, {tree: 0}, 10_000).damage, undefined);
  const copy = join(newFolder(), 'copy.db');
  assert.ok(backUp(path, copy) < size / 2, `${size} bytes, then ${statSync(copy).size}`);
  assert.equal(told(copy), before);
  const database = new DatabaseSync(path);
  const {free} = database.prepare('SELECT freelist_count AS free FROM pragma_freelist_count').get()!;
  database.close();
  // New reports take the room before the file grows.
  assert.ok((free as number) * 8192 > size / 2, `${free} pages are free`);
});

test('a report of 3 KB takes 900 bytes at most', () => {
  for (let i = 0; i < 50; i++) {
    const {body} = acceptedOn(today, i, {}, 6);
    assert.ok(body.length > 2500, `${body.length}`);
    assert.ok(packed(body).length <= 900, `${packed(body).length} of ${body.length}`);
  }
});

for (const body of ['{}', '"☃"', '', JSON.stringify({text: '☃ä\u0000'.repeat(10_000)})]) {
  test(`${JSON.stringify(body.slice(0, 8))} of ${body.length} characters comes back as it was`, () => {
    assert.is(unpacked(packed(body)), body);
    assert.ok(packed(body).length <= Buffer.byteLength(body));
  });
}

for (const [name, spoil] of [
  ['an unknown way', (blob: Buffer) => blob.fill(77, 0, 1)],
  ['another byte', (blob: Buffer) => blob.fill((blob[100]! + 1) % 256, 100, 101)],
  ['a cut', (blob: Buffer) => blob.subarray(0, 200)],
] as const) {
  test(`${name} in a packed report is damage that a walk finds`, async () => {
    const path = await filled(20);
    await packAll(path);
    const database = new DatabaseSync(path);
    const {body} = database.prepare('SELECT body FROM report WHERE id = 9').get()!;
    database.prepare('UPDATE report SET body = ? WHERE id = 9').run(spoil(Buffer.from(body as Uint8Array)));
    database.close();
    assert.match(walk(path, {tree: 0}, 10_000).damage ?? '', /a row of the table report is not what was stored/);
  });
}

test('a row without a body is damage for all who read it, and no bug', async () => {
  const path = await filled(20);
  const database = new DatabaseSync(path);
  // As a damaged page can have it, and no statement may.
  database.enableDefensive(false);
  const declared = (from: string, to: string) =>
    database.exec(
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '${from}', '${to}') WHERE name = 'report'; PRAGMA writable_schema = RESET`,
    );
  declared('body TEXT NOT NULL', 'body TEXT');
  database.exec('UPDATE report SET body = NULL WHERE id = 9');
  declared('body TEXT', 'body TEXT NOT NULL');
  database.close();
  assert.match(walk(path, {tree: 0}, 10_000).damage ?? '', /a row of the table report is not what was stored/);
  await packAll(path);
  assert.is(blobs(path).filter(({body}) => body !== null).length, 19);
  const all = (async () => {
    for await (const _ of piecesOf(path));
  })();
  const error = await all.catch((error: unknown) => error);
  assert.ok(error instanceof StoreTrouble);
  assert.match(error.message, /packed in an unknown way/);
});

test('packing goes on where it stopped, and numbers stay in the order of arrival', async () => {
  const path = await filled(10);
  const writer = sqliteWriter(path, {create: false});
  assert.is(await writer.pack(4), true);
  assert.is(blobs(path).length, 4);
  await writer.append([acceptedOn(today, 50, {}, 6)]);
  while (await writer.pack(4));
  assert.is(blobs(path).length, 11);
  await writer.discard({received: (today + 1) * millisecondsADay, day: 0}, 100);
  await writer.append([acceptedOn(today, 51, {}, 6)]);
  assert.is(rows(path)[0]!.id, 12);
  assert.is(await writer.pack(4), true);
  assert.is(await writer.pack(4), false);
  await writer.close();
});

test('a packed report that is forgotten leaves no byte in the files', async () => {
  const path = await filled(5);
  await packAll(path);
  const traces = rows(path).map(({body}) => Buffer.from(body as Uint8Array).subarray(8));
  const holds = (trace: Buffer) =>
    [path, `${path}-wal`].some((file) => statSync(file, {throwIfNoEntry: false}) && readFileSync(file).includes(trace));
  assert.ok(traces.every(holds));
  const writer = sqliteWriter(path, {create: false});
  await writer.forget(acceptedOn(today, 2).cluster, today);
  assert.equal(traces.map(holds), [true, true, false, true, true]);
  await writer.close();
});

test('a store of 0.1.0 is packed without loss', async () => {
  const path = join(newFolder(), 'closed.db');
  mkdirSync(join(path, '..'), {recursive: true});
  writeFileSync(path, gunzipSync(readFileSync(new URL('../../../fixtures/0.1.0/closed.db.gz', import.meta.url))));
  sqliteWriter(path, {create: false}).close();
  const before = told(path);
  await packAll(path);
  assert.is(blobs(path).length, before.length);
  assert.equal(told(path), before);
});

test('killed while it packs, nothing is lost, and the next run goes on', async () => {
  const path = await filled(400);
  const before = told(path);
  const module = new URL('../../../../src/collector/store/sqlite/writer.ts', import.meta.url).href;
  const script = `const {sqliteWriter} = await import(${JSON.stringify(module)});
    const writer = sqliteWriter(${JSON.stringify(path)}, {create: false});
    for (let steps = 1; await writer.pack(3); steps++) if (steps === Number(process.argv[1])) process.kill(process.pid, 'SIGKILL');`;
  for (const steps of [1, 5, 20]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, String(steps)], {stdio: 'inherit'});
    const [, signal] = await once(child, 'exit');
    assert.is(signal, 'SIGKILL');
    assert.equal(told(path), before);
  }
  assert.is(blobs(path).length, 3 * 26);
  await packAll(path);
  assert.is(blobs(path).length, 400);
  assert.equal(told(path), before);
});

test.run();
