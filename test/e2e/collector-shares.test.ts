import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {attack, attacks, endAttacks, honest, silentAdmin} from '../collector/attacks.ts';
import {honestReports} from '../collector/honest.ts';
import {startProgram} from '../collector/program.ts';
import {newFolder} from '../folder.ts';

/** One host, 127.0.0.2, takes all that it can get; the reports of another, 127.0.0.3, must be taken all the same. */

/** Milliseconds: the figure is 1000 on a quiet machine (bench); this is what many other programs may make of it. */
const mostP99 = 20_000;
async function under(names: typeof attacks, reports: number, flags: string[] = []): Promise<void> {
  const server = await startProgram(join(newFolder(), 'reports.db'), flags);
  try {
    for (const [, begin] of names) await begin(server);
    const {refused, p99} = await honestReports({port: server.port, localAddress: honest, count: reports});
    if (process.env.SHARES_SHOW) console.log(names.map(([name]) => name).join(' + '), {refused, p99});
    assert.is(refused, 0);
    assert.ok(p99 < mostP99, `p99 ${p99} ms`);
  } finally {
    endAttacks();
    await server.kill();
  }
}

for (const one of attacks) test(`honest reports are taken during ${one[0]}`, () => under([one], 20));
test('honest reports are taken during all of them at once', () => under([...attacks, silentAdmin], 40));

test('the private listener has room while 256 silent connections are open', async () => {
  const server = await startProgram(join(newFolder(), 'reports.db'));
  try {
    const silent = await Promise.all(Array.from({length: 300}, () => attack(server.adminPort, '', '127.0.0.1')));
    assert.is((await fetch(`http://127.0.0.1:${server.adminPort}/healthz`)).status, 200);
    // It did not wait until these had said nothing for too long.
    assert.ok(silent.filter(({closed}) => !closed).length > 200);
  } finally {
    endAttacks();
    await server.kill();
  }
});

test.run();
