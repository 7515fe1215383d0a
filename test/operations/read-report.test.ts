import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readReport} from '../../src/operations/read-report.ts';
import {failure, temporaryFolder} from '../cluster/connection/connecting.ts';

const example = readFileSync('examples/report.json', 'utf8');
const read = (text: string) => readReport('-', Readable.from([Buffer.from(text)]));

const good: [what: string, text: string][] = [
  ['as it is', example],
  ['with a byte order mark', `\ufeff${example}`],
  ['indented', JSON.stringify(JSON.parse(example), null, 2)],
];
for (const [what, text] of good) {
  test(`the example's report ${what}, from standard input`, async () =>
    assert.equal(await read(text), JSON.parse(example)));
}

test('a report from a file', async () => assert.equal(await readReport('examples/report.json'), JSON.parse(example)));

const bad: [what: string, text: string, message: RegExp, suggestion: RegExp][] = [
  ['nothing', '', /^standard input is not JSON/, /what seldon-usage collect prints/],
  ['a cut', example.slice(0, 50), /is not JSON/, /collect/],
  ['null', 'null', /is not a valid report/, /object/],
  ['a list', '[]', /is not a valid report/, /object/],
  ['an unknown field', JSON.stringify({...JSON.parse(example), extra: 1}), /is not a valid report/, /^extra /],
  ['no cluster ID', JSON.stringify({...JSON.parse(example), clusterID: ''}), /is not a valid report/, /^clusterID /],
  ['control characters', '{"a\\u001b[31mb": 1}', /is not a valid report/, /^[^\u001b]*$/],
];
for (const [what, text, message, suggestion] of bad) {
  test(`${what} is refused with its problems`, async () => {
    const error = await failure(read(text));
    assert.match(error.message, message);
    assert.is(error.code, 'input');
    assert.ok(
      error.suggestions?.some((line) => suggestion.test(line)),
      error.suggestions?.join('\n'),
    );
  });
}

for (const [path, code] of [
  ['/no-such-folder/report.json', 'ENOENT'],
  ['/', 'EISDIR'],
] as const) {
  test(`${path} can't be read: ${code}`, async () => {
    const error = await failure(readReport(path));
    assert.match(error.message, `${path} can't be read (${code})`);
    assert.is(error.code, 'input');
  });
}

test('a name is cleaned before it is told', async () => {
  const path = join(temporaryFolder(), 'a\u001b[31mb.json');
  writeFileSync(path, 'no JSON');
  assert.match((await failure(readReport(path))).message, /ab\.json is not JSON/);
});

test.run();
