import {closeSync, openSync, readFileSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, post, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';

/** A store of many pages, closed. */
async function filled(): Promise<string> {
  const path = join(newFolder(), 'reports.db');
  const server = await startProgram(path);
  for (let i = 0; i < 150; i++) assert.is((await post(server.port, i % 50)).status, 204);
  assert.is(await server.stop(), 0);
  return path;
}

/** What a report begins with: as text, or packed (zstd's magic number). */
const beginnings = [Buffer.from('{"version"'), Buffer.of(0x28, 0xb5, 0x2f, 0xfd)];

/** Overwrites a page of reports in the middle, as a bad disk would. */
function spoil(path: string): void {
  const bytes = readFileSync(path);
  const pages = Array.from({length: bytes.length / 8192}, (_, i) => i).filter((page) =>
    beginnings.some((beginning) => bytes.subarray(page * 8192, (page + 1) * 8192).includes(beginning)),
  );
  assert.ok(pages.length > 2);
  const middle = pages[Math.floor(pages.length / 2)]! * 8192;
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(8192, 0xa5), 0, 8192, middle);
  closeSync(file);
}

const metric = async (server: Program) => {
  const {text} = await send(server.adminPort, {method: 'GET', path: '/metrics'});
  return /^seldon_usage_store_damaged (\d)$/m.exec(text)?.[1];
};
const said = (server: Program) =>
  server
    .errors()
    .split('\n')
    .filter((line) => line.includes('The store is damaged'));

test('a damaged page is said in log and metrics when the collector starts', async () => {
  const path = await filled();
  const sound = await startProgram(path);
  assert.is(await metric(sound), '0');
  assert.is(await sound.stop(), 0);
  assert.equal(said(sound), []);
  spoil(path);
  const server = await startProgram(path);
  assert.is(await metric(server), '1');
  await server.kill();
  assert.is(said(server).length, 1, server.errors());
  assert.match(said(server)[0]!, /serve restore FILE puts a backup in its place/);
});

test('a page that is damaged while the collector runs is found by itself, and said once', async () => {
  const path = await filled();
  const server = await startProgram(path);
  assert.is(await metric(server), '0');
  spoil(path);
  // Nothing is asked or posted: nobody but the walk meets it.
  await eventually(() => said(server).length > 0, 60_000);
  assert.is(await metric(server), '1');
  await server.kill();
  assert.is(said(server).length, 1);
});

test('why a store can’t be opened is told with its causes, of the thread that met them', async () => {
  const path = join(newFolder(), 'reports.db');
  writeFileSync(path, 'x'.repeat(10_000));
  const error = await startProgram(path, [], 0, {...process.env, SELDON_USAGE_DEBUG: '1'}).catch(
    (error: unknown) => error,
  );
  assert.match(String(error), /is not a database of this program/);
  assert.match(String(error), /Caused by: Error.*: file is not a database/);
});

test.run();
