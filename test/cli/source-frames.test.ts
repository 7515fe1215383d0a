import {existsSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {sourceFrames} from '../../src/cli/source-frames.ts';

const dist = new URL('../../dist/', import.meta.url);

test('the frames of the built program name files of src', async () => {
  const {main} = (await import(new URL('cli/main.js', dist).href)) as {main: (argv: unknown) => Promise<void>};
  const error = await main(null).then(
    () => undefined,
    (reason: Error) => reason,
  );
  assert.match(error!.stack!, /dist\/c/);
  const frames = sourceFrames(error!.stack!).match(/src\/\S+\.ts:\d+:\d+/g) ?? [];
  assert.ok(
    frames.some((frame) => frame.startsWith('src/cli/main.ts:')),
    error!.stack,
  );
  for (const frame of frames) assert.ok(existsSync(frame.split(':')[0]!), frame);
});

const unmapped = [
  'at x (/nowhere/dist/x.js:1:2)',
  'at file:///nowhere/dist/x.js:1:2',
  'at node:internal/main:1:2',
  'at /etc/passwd:1:1',
  'no frame at all',
];
for (const frame of unmapped) test(`${frame} stays`, () => assert.is(sourceFrames(frame), frame));

test.run();
