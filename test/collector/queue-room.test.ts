import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type KindName, kindNames, nouns} from '../../src/collector/kinds.ts';
import {noNetwork} from '../../src/collector/network.ts';
import {queueRoom} from '../../src/collector/queue-room.ts';
import type {ResilientStore} from '../../src/collector/resilient-store.ts';

/** Room for a hundred of each kind in a queue that holds what it is told, and what it says; of one kind unless it is said. */
function roomOf(kind: KindName, first = 0) {
  const lines: string[] = [];
  const none = {spartakus: 0, hodometer: 0};
  const queue = {waiting: {...none, [kind]: first}, isInTrouble: false};
  const store = {attempt: async () => (queue.isInTrouble ? undefined : queue.waiting)} as unknown as ResilientStore;
  const room = queueRoom(store, 100, (line) => lines.push(line));
  /** How many of so many are admitted; they wait from then on. */
  const admit = async (network: number, count: number, of = kind) => {
    const admitted = await room.admit(Array.from({length: count}, () => ({kind: of, network})));
    const taken = admitted.filter(Boolean).length;
    queue.waiting[of] += taken;
    return taken;
  };
  return {lines, queue, room, admit};
}

for (const kind of kindNames) {
  const noun = nouns[kind];

  test(`a queue that is full of ${noun} says so once, and has room when some of it was taken`, async () => {
    const {lines, queue, room, admit} = roomOf(kind);
    assert.is(await admit(noNetwork, 99), 99);
    assert.is(await room.trouble(), undefined);
    assert.is(await admit(noNetwork, 2), 1);
    assert.is(await admit(noNetwork, 3), 0);
    assert.equal(lines, [`The queue is full: 100 ${noun} wait. More of them are answered with 503.`]);
    // What a sink takes nothing of keeps a collector from nothing else.
    assert.is(await room.trouble(), kind === 'spartakus' ? 'the queue is full' : undefined);
    queue.waiting[kind] = 50;
    assert.is(await room.trouble(), undefined, 'also where nothing arrives');
    assert.equal(lines.slice(1), [`The queue has room for ${noun} again.`]);
    queue.isInTrouble = true;
    assert.is(await admit(noNetwork, 1), 0, 'the store is in trouble');
  });

  test(`a network fills as much of the queue with ${noun} as is left, and keeps nobody else out`, async () => {
    const {lines, queue, room, admit} = roomOf(kind);
    assert.is(await admit(7, 1000), 50);
    assert.is(await admit(7, 1000), 0);
    assert.equal(lines, [`Of one network 50 ${noun} wait: more of it are answered with 503.`]);
    assert.is(await room.trouble(), undefined);
    for (const network of [8, 9, 10]) assert.is(await admit(network, 1), 1);
    assert.is(await admit(11, 1000), 24);
    assert.is(await admit(noNetwork, 5), 5, 'what many share has no bound of its own');
    // The oldest, of the first network, went to the sink.
    queue.waiting[kind] -= 50;
    assert.is(await admit(7, 1000), 34);
  });

  test(`of ${noun} what was there before the start is nobody’s, and what was not stored does not count`, async () => {
    const {queue, room, admit} = roomOf(kind, 80);
    assert.is(await admit(7, 1000), 10);
    room.undo();
    queue.waiting[kind] = 80;
    assert.is(await admit(7, 1000), 10);
  });
}

test('neither kind takes room from the other, of the same network either', async () => {
  const {queue, room, admit} = roomOf('spartakus');
  assert.is(await admit(noNetwork, 1000, 'hodometer'), 100);
  assert.is(await room.trouble(), undefined);
  assert.is(await admit(7, 1000), 50);
  assert.is(await admit(noNetwork, 1000), 50);
  queue.waiting.hodometer = 0;
  assert.is(await admit(7, 1000, 'hodometer'), 50);
  // Of one batch each has its own place.
  queue.waiting = {spartakus: 99, hodometer: 100};
  const batch = ['hodometer', 'spartakus', 'hodometer', 'spartakus'] as const;
  assert.equal(await room.admit(batch.map((kind) => ({kind}))), [false, true, false, false]);
});

test.run();
