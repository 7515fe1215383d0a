import {globSync, readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

test('a command parses, calls and prints: 60 lines at most', () => {
  const files = globSync('src/commands/**/*.ts', {cwd: `${import.meta.dirname}/..`});
  assert.ok(files.length > 10);
  const long = files.filter(
    (file) =>
      readFileSync(`${import.meta.dirname}/../${file}`, 'utf8')
        .trimEnd()
        .split('\n').length > 60,
  );
  assert.equal(long, []);
});

test.run();
