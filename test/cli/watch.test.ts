import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {arrivals} from '../../src/cli/watch.ts';

test('nothing more is written for a reader that has stopped, and the rest is told as a number', () => {
  const written: string[] = [];
  const {write} = process.stdout;
  const output = {writableNeedDrain: true};
  const show = arrivals(true, output);
  process.stdout.write = ((text: string) => written.push(text)) as unknown as typeof write;
  try {
    show([], 3);
    show([], 4);
    output.writableNeedDrain = false;
    show([], 1);
    show([], 0);
  } finally {
    process.stdout.write = write;
  }
  assert.equal(written, ['{"more":8}\n']);
});

test.run();
