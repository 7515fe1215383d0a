import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {noNetwork} from '../../src/collector/network.ts';
import {queueRoom} from '../../src/collector/queue-room.ts';
import type {ResilientStore} from '../../src/collector/resilient-store.ts';

/** Room for a hundred in a queue that holds what it is told, and what it says. */
function roomOf(first = 0) {
  const lines: string[] = [];
  const queue: {waiting: number | undefined} = {waiting: first};
  const store = {attempt: async () => queue.waiting} as unknown as ResilientStore;
  const room = queueRoom(store, 100, (line) => lines.push(line));
  /** How many of so many are admitted; they wait from then on. */
  const admit = async (network: number, count: number) => {
    const admitted = await room.admit(Array.from({length: count}, () => network));
    const taken = admitted.filter(Boolean).length;
    if (queue.waiting !== undefined) queue.waiting += taken;
    return taken;
  };
  return {lines, queue, room, admit};
}

test('a queue that is full says so once, and has room when some of it was taken', async () => {
  const {lines, queue, room, admit} = roomOf();
  assert.is(await admit(noNetwork, 99), 99);
  assert.is(await room.trouble(), undefined);
  assert.is(await admit(noNetwork, 2), 1);
  assert.is(await admit(noNetwork, 3), 0);
  assert.is(await room.trouble(), 'the queue is full');
  assert.equal(lines, ['The queue is full: 100 reports wait. More are answered with 503.']);
  queue.waiting = 50;
  assert.is(await room.trouble(), undefined, 'also where nothing arrives');
  assert.equal(lines.slice(1), ['The queue has room again.']);
  queue.waiting = undefined;
  assert.is(await admit(noNetwork, 1), 0, 'the store is in trouble');
});

test('a network fills as much of the queue as is left, and keeps nobody else out', async () => {
  const {lines, queue, room, admit} = roomOf();
  assert.is(await admit(7, 1000), 50);
  assert.is(await admit(7, 1000), 0);
  assert.equal(lines, ['Of one network 50 reports wait: more of it are answered with 503.']);
  assert.is(await room.trouble(), undefined);
  for (const network of [8, 9, 10]) assert.is(await admit(network, 1), 1);
  assert.is(await admit(11, 1000), 24);
  assert.is(await admit(noNetwork, 5), 5, 'what many share has no bound of its own');
  // The oldest, of the first network, went to the sink.
  queue.waiting! -= 50;
  assert.is(await admit(7, 1000), 34);
});

test('what was there before the start is nobody’s, and what was not stored does not count', async () => {
  const {queue, room, admit} = roomOf(80);
  assert.is(await admit(7, 1000), 10);
  room.undo();
  queue.waiting = 80;
  assert.is(await admit(7, 1000), 10);
});

test.run();
