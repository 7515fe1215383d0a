// A bug of an engine surfaces as one: it is told, nobody is answered that all is well, and the program ends.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {encodeReport} from '../../src/report/index.ts';
import {startProgram} from '../collector/program.ts';
import {newFolder} from '../folder.ts';

const preload = new URL('../collector/planted-bug.mjs', import.meta.url).pathname;

/**
 * Starts a collector, plants a bug into a function of its statements, and waits until it has ended and told the bug.
 *
 * @param meet what has the bug met, where the collector does not by itself
 */
async function endsByBug(
  flags: readonly string[],
  name: string,
  meet?: (port: number) => Promise<void>,
): Promise<void> {
  const place = newFolder();
  const planted = join(place, 'planted');
  const env = {...process.env, NODE_OPTIONS: `--import ${preload}`, PLANTED: planted, PLANTED_IN: name};
  const program = await startProgram(join(place, 'reports.db'), flags, 0, env);
  const ended = program.ended();
  writeFileSync(planted, '');
  await meet?.(program.port);
  assert.is(await ended, 1);
  assert.match(program.errors(), /planted[\s\S]*please report it/i);
  assert.not.match(program.errors(), /The store is damaged|takes nothing/);
}

for (const flags of [[], ['--watch']])
  test(`a bug in the store ends serve ${flags.join(' ')}`, () =>
    endsByBug(flags, 'run', async (port) => {
      const body = encodeReport(exampleCluster(1, 1_790_000_000, 3));
      const headers = {'content-type': 'application/json'};
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(60_000),
      }).catch(() => undefined);
      assert.is(answer, undefined);
    }));

test('a bug in the look for damage ends serve, by itself', () => endsByBug([], 'iterate'));

test.run();
