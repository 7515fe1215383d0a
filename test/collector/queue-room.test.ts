import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {queueRoom} from '../../src/collector/queue-room.ts';
import type {ResilientStore} from '../../src/collector/resilient-store.ts';

test('a queue that is full says so once, and has room when some of it was taken', async () => {
  const lines: string[] = [];
  let waiting: number | undefined = 0;
  const store = {attempt: async () => waiting} as unknown as ResilientStore;
  const room = queueRoom(store, 100, (line) => lines.push(line));
  assert.is(await room.isFor(100), true);
  waiting = 99;
  assert.is(await room.isFor(2), false);
  assert.is(await room.isFor(3), false);
  assert.is(await room.isFor(1), true, 'at the bound');
  assert.is(await room.trouble(), undefined);
  waiting = 100;
  assert.is(await room.isFor(1), false);
  assert.is(await room.trouble(), 'the queue is full');
  assert.equal(lines, ['The queue is full: 99 reports wait. More are answered with 503.']);
  waiting = 50;
  assert.is(await room.trouble(), undefined, 'also where nothing arrives');
  assert.equal(lines.slice(1), ['The queue has room again.']);
  waiting = undefined;
  assert.is(await room.isFor(1), false, 'the store is in trouble');
});

test.run();
