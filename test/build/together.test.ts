import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {test} from 'uvu';
import {equal, ok} from 'uvu/assert';

const root = join(import.meta.dirname, '../..');

/** Prints on standard error the name of each file that is loaded as a module. */
const watch = `import {registerHooks} from 'node:module';
registerHooks({load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context))});`;

function filesOf(...args: string[]): string[] {
  const hook = `data:text/javascript,${encodeURIComponent(watch)}`;
  const {status, stderr} = spawnSync(process.execPath, ['--import', hook, join(root, 'bin/run.js'), ...args], {
    encoding: 'utf8',
  });
  equal(status, 0, stderr);
  return stderr.split('\n').filter((line) => line.startsWith('file:'));
}

// With room for some more: of files as esbuild would cut them, `show FILE` loads forty, and `collect` as many.
for (const [most, ...args] of [
  [5, '--version'],
  [5, '--help'],
  [18, 'show', join(root, 'examples/report.json')],
  [24, 'collect', '--nodes', join(root, 'examples/nodes.json'), '--cluster-id', '846db7e9-c861-43d7-8d08-31578af59878'],
] as const) {
  test(`${args[0]} starts with at most ${most} files`, () => {
    const files = filesOf(...args);
    ok(files.length <= most, files.join('\n'));
    ok(files.length > 2);
  });
}

test.run();
