// `npm run demo:postgres` as it is started.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import {rigSuite} from '../rig/available.ts';

const test = rigSuite('the demo on PostgreSQL', ['postgres15']);

test('one of two collectors is killed, and nothing is lost', async () => {
  const child = spawn(process.execPath, ['examples/demo-postgres.ts'], {stdio: ['ignore', 'pipe', 'inherit']});
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  assert.is(code, 0);
  assert.match(said, /200 reports acknowledged; [1-9]\d* had to be posted again[\s\S]*It holds 200 reports/);
  assert.match(said, /clusters +200[\s\S]*Nothing that was acknowledged is lost/);
});

test.run();
