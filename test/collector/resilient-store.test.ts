import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {resilientStore} from '../../src/collector/resilient-store.ts';
import {addressOf} from '../../src/collector/store/sqlite/address.ts';
import {StoreTrouble} from '../../src/collector/store/trouble.ts';
import {newFolder} from '../folder.ts';

async function opened() {
  const lines: string[] = [];
  const store = await resilientStore(addressOf(join(newFolder(), 'reports.db')), (line) => lines.push(line));
  return {store, lines};
}

test('trouble is got over and told once at each end', async () => {
  const {store, lines} = await opened();
  const fails = () => Promise.reject(new StoreTrouble('the disk is full'));
  assert.is(await store.attempt(fails), undefined);
  assert.is(store.trouble(), 'the disk is full');
  let back: number | undefined;
  for (const end = performance.now() + 10_000; back === undefined && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    back = await store.attempt(async (writer) => (await writer.newest()) ?? 0);
  }
  assert.is(back, 0);
  assert.is(store.trouble(), undefined);
  assert.is(lines.length, 2);
  assert.match(lines[0]!, /the disk is full.*503/);
  await store.close();
});

test('why it stays so is told too, each reason once', async () => {
  const {store, lines} = await opened();
  for (const why of ['the connection was cut', 'there is no room', 'the connection was cut', 'there is no room']) {
    for (const end = performance.now() + 10_000; store.trouble() !== why && performance.now() < end; ) {
      await store.attempt(() => Promise.reject(new StoreTrouble(why)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  assert.is(lines.length, 2);
  assert.match(lines[1]!, /still takes nothing: there is no room/);
  await store.close();
});

test('a bug comes out as one, and nothing is told of the store', async () => {
  const {store, lines} = await opened();
  const bug = () => Promise.reject(new TypeError('x is not a function'));
  for (const run of [() => store.attempt(bug), () => store.aside(bug), () => store.append([null as never], () => true)])
    assert.ok((await run().catch((error: unknown) => error)) instanceof TypeError);
  assert.equal([store.trouble(), lines], [undefined, []]);
  await store.close();
});

test('what reports do not depend on leaves the store alone when it fails', async () => {
  const {store, lines} = await opened();
  assert.is(await store.aside(() => Promise.reject(new StoreTrouble('a page is damaged'))), undefined);
  assert.equal([store.trouble(), lines], [undefined, []]);
  assert.is(await store.aside(async () => 7), 7);
  await store.close();
});

test.run();
