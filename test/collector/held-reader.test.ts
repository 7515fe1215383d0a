import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {heldReader} from '../../src/collector/held-reader.ts';
import type {Reader} from '../../src/collector/store/contract.ts';

/** Readers that are open, and whether those that are opened from now on wait for `go`. */
function world() {
  let isCurrent = true;
  let open = 0;
  let opened = 0;
  let waiting: (() => void)[] = [];
  let waits = false;
  const reader = heldReader(async () => {
    if (waits) await new Promise<void>((go) => waiting.push(go));
    open++;
    opened++;
    return {
      isCurrent: () => isCurrent,
      async close() {
        open--;
      },
    } as Reader;
  });
  return {
    reader,
    open: () => open,
    opened: () => opened,
    wait: () => {
      waits = true;
    },
    go: () => {
      for (const one of waiting) one();
      waiting = [];
    },
    movedAway: () => {
      isCurrent = false;
    },
  };
}

test('it is opened once, for all who ask at the same time', async () => {
  const {reader, opened} = world();
  const [one, other] = await Promise.all([reader.get(), reader.get()]);
  assert.is(one, other);
  assert.is(await reader.get(), one);
  assert.is(opened(), 1);
});

test('one that is lost is closed, and the next question opens another', async () => {
  const {reader, open, opened} = world();
  await reader.get();
  reader.lose();
  await reader.get();
  assert.equal([open(), opened()], [1, 2]);
});

test('one that is lost while it is opened is closed too', async () => {
  const {reader, open, opened, wait, go} = world();
  wait();
  const asked = reader.get();
  reader.lose();
  go();
  await asked;
  await new Promise(setImmediate);
  assert.equal([open(), opened()], [0, 1]);
});

test('that of a store which was moved away is not kept', async () => {
  const {reader, open, movedAway} = world();
  await reader.get();
  movedAway();
  reader.dropStale();
  await new Promise(setImmediate);
  assert.is(open(), 0);
});

test.run();
