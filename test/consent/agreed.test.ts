import {mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readAgreed, writeAgreed} from '../../src/consent/agreed.ts';
import {scopeOf, widerThan} from '../../src/consent/scope.ts';

const id = '846db7e9-c861-43d7-8d08-31578af59878';
const scope = scopeOf({version: 'v0.1.0', timestamp: '1', clusterID: id}, {omit: ['nodes'], capacity: 'known'});
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'agreed-'));
});
test.after.each(() => rmSync(folder, {recursive: true}));

test('what was agreed to comes back, for its cluster alone, and only its owner can read it', () => {
  assert.is(readAgreed(folder, id), undefined);
  writeAgreed(folder, id, scope);
  assert.equal(readAgreed(folder, id.toUpperCase()), scope);
  assert.is(readAgreed(folder, '11111111-2222-4333-8444-555555555555'), undefined);
  assert.is(statSync(join(folder, 'agreed', `${id}.json`)).mode & 0o777, 0o600);
});

for (const text of ['', '{', 'null', '[]', '{"version":1}', '{"version":"v1","fields":"all","extensions":[]}']) {
  test(`a record that is damaged allows nothing: ${JSON.stringify(text)}`, () => {
    mkdirSync(join(folder, 'agreed'));
    writeFileSync(join(folder, 'agreed', `${id}.json`), text);
    assert.ok(widerThan(readAgreed(folder, id), scope).length > 0);
  });
}

test('an ID that is none leads nowhere', () => {
  writeAgreed(folder, '../../x', scope);
  assert.is(readAgreed(folder, '../../x'), undefined);
  assert.equal(readdirSync(folder), []);
});

test.run();
