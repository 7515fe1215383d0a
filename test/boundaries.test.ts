import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {boundaries, sources} from '../build/boundaries.ts';

test('imports point one way', async () => {
  assert.equal((await boundaries()).violations, []);
});

test('the rule sees every file', async () => {
  const {modules} = await boundaries();
  assert.equal(
    sources().filter((file) => !modules.has(file)),
    [],
  );
  assert.ok(sources().length > 50);
});

const wrong: Record<string, [file: string, text: string, rule: RegExp]> = {
  'the library imports something of ours': ['report', "import {a} from '../foreign.ts';", /report-imports/],
  'got outside delivery': ['helm', "import got from 'got';", /owner-of-got/],
  'render calls an operation': ['render', "import {a} from '../operations/a.ts';", /render-imports/],
};
for (const [name, [folder, text, rule]] of Object.entries(wrong)) {
  test(`the rule finds: ${name}`, async () => {
    const base = mkdtempSync(join(tmpdir(), 'boundaries-'));
    try {
      for (const path of ['foreign.ts', 'operations/a.ts', `${folder}/wrong.ts`, '../node_modules/got/index.js']) {
        mkdirSync(join(base, 'src', dirname(path)), {recursive: true});
        writeFileSync(
          join(base, 'src', path),
          path.endsWith('wrong.ts') ? text : 'export const a = 1; export default a;',
        );
      }
      writeFileSync(
        join(base, 'node_modules/got/package.json'),
        '{"name": "got", "type": "module", "exports": "./index.js"}',
      );
      assert.match((await boundaries(base)).violations.join(), rule);
    } finally {
      rmSync(base, {recursive: true});
    }
  });
}

test.run();
