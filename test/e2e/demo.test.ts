// `npm run demo` as it is started: with a terminal its dashboard stays until a key is pressed, without one it ends.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

const demo = `"${process.execPath}" examples/demo.ts`;

test('without a terminal it ends by itself', async () => {
  const child = spawn(process.execPath, ['examples/demo.ts'], {stdio: ['ignore', 'pipe', 'pipe']});
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  assert.is(code, 0);
  assert.match(said, /Usage report[\s\S]*Sent [\s\S]*Kubernetes version[\s\S]*The demo ends here/);
  assert.not.match(said, /Any key/);
});

test('on a terminal the dashboard stays until a key is pressed', async () => {
  // script(1) gives the demo a terminal, and types what it is given.
  const child = spawn('script', ['-qec', demo, '/dev/null'], {stdio: ['pipe', 'pipe', 'inherit']});
  const ended = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (part) => {
      said += part;
      if (/Any key ends/.test(said)) resolve();
    });
    child.stdout.once('end', resolve);
  });
  const dashboard = /The dashboard is at (http:\S+?):? /.exec(said)![1]!;
  assert.is((await fetch(dashboard)).status, 200);
  assert.is(child.exitCode, null);
  child.stdin.write('x');
  const [code] = await ended;
  assert.is(code, 0);
  assert.is(
    await fetch(dashboard).then(
      () => 'there',
      () => 'gone',
    ),
    'gone',
  );
});

test.run();
