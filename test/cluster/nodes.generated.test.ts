import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

test('the reader is what pbf makes of nodes.proto today: npm run proto', () => {
  const fresh = execFileSync(process.execPath, ['node_modules/pbf/bin/pbf', 'src/cluster/nodes.proto', '--no-write']);
  assert.is(readFileSync('src/cluster/nodes.generated.js', 'utf8'), String(fresh));
});

test('its declarations name the fields of nodes.proto', () => {
  const names = (text: string) => [...new Set(text.match(/\b[a-z]\w+(?=(?: = \d+;|\??:))/gm))].sort();
  const proto = readFileSync('src/cluster/nodes.proto', 'utf8').replace(/\/\/.*$/gm, '');
  const declarations = readFileSync('src/cluster/nodes.generated.d.ts', 'utf8').replace(/^export function.*$/gm, '');
  assert.equal(names(declarations), names(proto));
});

test.run();
