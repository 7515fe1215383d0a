import {spawnSync} from 'node:child_process';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

function run(body: string) {
  const program = `
    const {honestSuite} = await import(${JSON.stringify(import.meta.resolve('./honest-suite.ts'))});
    const suite = honestSuite('honest');
    ${body}
    suite('test', () => console.log('ran'));
    suite.run();`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {encoding: 'utf8'});
}

test('a suite that could not be prepared fails, and says why', () => {
  const {status, stdout} = run(`
    suite.before(async (context) => { throw new Error('no server'); });
    suite.after((context) => context.server.close());`);
  assert.is(status, 1);
  assert.match(stdout, 'no server');
  assert.not.match(stdout, 'ran');
});

test('a suite that was prepared runs', () => {
  const {status, stdout} = run(`
    suite.before((context) => { context.server = {close: () => console.log('closed')}; });
    suite.after((context) => context.server.close());`);
  assert.is(status, 0);
  assert.match(stdout, /ran.*closed/s);
});

test.run();
