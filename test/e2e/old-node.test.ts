// What the installed program says on a Node.js that is too old for it. The version is pretended: the program looks at it
// before anything else.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', {value: {...process.versions, node: '20.1.0'}})`;

test('it is said what is needed, and how to get on, fit for a terminal', () => {
  const {status, stdout, stderr} = spawnSync(process.execPath, ['--import', pretend, 'bin/run.js', 'show'], {
    encoding: 'utf8',
    // As where it was started by its own Node already: there is no other one.
    env: {...process.env, SELDON_USAGE_NODE: 'none'},
  });
  assert.is(status, 2);
  assert.is(stdout, '');
  assert.match(
    stderr,
    /^seldon-usage needs Node\.js 24 or later, and this is v\S+\.\n.{1,78}nodejs\.org.*:\n {2}npx --yes \S.*\n$/,
  );
});

test('an old Node understands the file: no await outside a function', () =>
  assert.not.match(readFileSync('bin/run.js', 'utf8'), /^(?:const .*= )?await /m));

test.run();
