import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {SinkTrouble} from '../../../src/collector/sink/contract.ts';
import {inTime} from '../../../src/collector/sink/in-time.ts';

test('an answer is given, and an error as it is', async () => {
  assert.is(await inTime(Promise.resolve(5), 'X', 60_000), 5);
  const error = new Error('no');
  assert.is(await inTime(Promise.reject(error), 'X', 60_000).catch((error: unknown) => error), error);
});

test('what never comes is trouble once its time is over', async () => {
  const error = await inTime(new Promise(() => {}), 'X', 50).catch((error: unknown) => error);
  assert.ok(error instanceof SinkTrouble);
  assert.is(error.message, 'no answer from X within 0.05s');
});

test.run();
