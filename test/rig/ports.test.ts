import {execFileSync} from 'node:child_process';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {freePort} from './ports.ts';

test('each port is chosen once, by whatever process, and none is among those that a system gives out', async () => {
  const mine = await Promise.all(Array.from({length: 500}, () => freePort()));
  const module = JSON.stringify(new URL('ports.ts', import.meta.url).href);
  const source = `import {freePort} from ${module}; for (let i = 0; i < 500; i++) console.log(await freePort());`;
  const others = execFileSync(process.execPath, ['--input-type=module', '-e', source], {encoding: 'utf8'});
  const all = [...mine, ...others.trim().split('\n').map(Number)];
  if (process.platform === 'linux') assert.is(new Set(all).size, 1000);
  assert.ok(all.every((port) => port > 1024 && port < 32_768));
});

test.run();
