import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readExtensions} from '../../src/cluster/extensions.ts';
import {UserError} from '../../src/errors.ts';
import {temporaryFolder} from './connection/connecting.ts';

/** Writes files into a folder of their own and answers its path. */
function folderOf(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const good: [what: string, files: Record<string, string>, expected: Record<string, string>][] = [
  ['one file', {a: '{"team": "search"}'}, {team: 'search'}],
  ['an empty object', {a: '{}'}, {}],
  ['nothing', {}, {}],
  ['several files', {b: '{"z": "1"}', a: '{"y": "2", "x": "3"}'}, {x: '3', y: '2', z: '1'}],
  ['order by name', {a: '{"b": "1", "B": "2", "a/b": "3", "a": "4"}'}, {B: '2', a: '4', 'a/b': '3', b: '1'}],
  ['dotfiles', {'.hidden': 'no JSON', a: '{"a": "1"}'}, {a: '1'}],
  ['a byte order mark', {a: '\ufeff{"a": "1"}'}, {a: '1'}],
  ['a prefixed key', {a: '{"example.com/tier": "gold"}'}, {'example.com/tier': 'gold'}],
  ['an empty value', {a: '{"a": ""}'}, {a: ''}],
];
for (const [what, files, expected] of good) {
  test(`a folder with ${what}`, () => {
    const pairs = Object.entries(expected).map(([name, value]) => ({name, value}));
    assert.equal(readExtensions(folderOf(files)), pairs);
  });
}

test('a single file', () => {
  const folder = folderOf({'a.json': '{"seldon-core-version": "0.1.5"}'});
  assert.equal(readExtensions(join(folder, 'a.json')), [{name: 'seldon-core-version', value: '0.1.5'}]);
});

test('a mounted ConfigMap: links through a folder that is a link', () => {
  const folder = folderOf({});
  mkdirSync(join(folder, '..2026_01_01'));
  writeFileSync(join(folder, '..2026_01_01', 'a'), '{"a": "1"}');
  symlinkSync('..2026_01_01', join(folder, '..data'));
  symlinkSync('..data/a', join(folder, 'a'));
  mkdirSync(join(folder, 'subfolder'));
  writeFileSync(join(folder, 'subfolder', 'b'), 'no JSON');
  assert.equal(readExtensions(folder), [{name: 'a', value: '1'}]);
});

const bad: [what: string, text: string, reason: RegExp][] = [
  ['an empty file', '', /it is empty\.$/],
  ['a word', 'hello', /line 1: it is not JSON\.$/],
  ['a word on line 3', '{\n  "a": "1",\n  "b": hello,\n  "c": "2"\n}\n\n', /line 3: it is not JSON\.$/],
  ['a comma too many', '{\n  "a": "1",\n}\n\n', /line 3: it is not JSON\.$/],
  ['a missing comma', '{\n  "a": "1"\n  "b": "2"\n}', /line 3: it is not JSON\.$/],
  ['a missing value', '{\n\n  "a": }\n', /line 3: it is not JSON\.$/],
  ['a line end in a string', '{\n"a": "b\nc"}', /line 2: it is not JSON\.$/],
  ['a cut', '{"a": "1",\n"b": "2"\n\n', /line \d: it is not JSON\.$/],
  ['YAML', 'team: search\n', /line 1: it is not JSON\.$/],
  ['a list', '["a"]', /it is not a JSON object\.$/],
  ['null', 'null', /it is not a JSON object\.$/],
  ['a number', '{\n"a": "1",\n"b": 2}', /line 3: the value of "b" is not a string\.$/],
  ['an object', '{"a": {"b": "1"}}', /line 1: the value of "a" is not a string\.$/],
  ['null for a value', '{"a": null}', /line 1: the value of "a" is not a string\.$/],
  ['an empty key', '{"": "1"}', /line 1: "" is not a key/],
  ['a key with a space', '{\n"my key": "1"}', /line 2: "my key" is not a key/],
  ['a key with two slashes', '{"a/b/c": "1"}', /"a\/b\/c" is not a key/],
  ['a key with a bad prefix', '{"Example.com/a": "1"}', /"Example.com\/a" is not a key/],
  ['a key that is too long', `{"${'a'.repeat(64)}": "1"}`, /is not a key/],
  ['__proto__', '{"__proto__": "1"}', /"__proto__" is not a key/],
  ['control characters', '{"a\\u001b[31m": "1"}', /"a" is not a key/],
];
for (const [what, text, reason] of bad) {
  test(`a file with ${what} is an error with file, line and reason`, () => {
    const file = join(folderOf({'some.json': text}), 'some.json');
    assert.throws(
      () => readExtensions(file),
      (error: UserError) =>
        error instanceof UserError &&
        error.code === 'input' &&
        error.message.includes(file) &&
        reason.test(error.message),
    );
  });
}

test('a bad file in a folder is never dropped silently', () => {
  const folder = folderOf({a: '{"a": "1"}', b: '{"b": 2}'});
  assert.throws(() => readExtensions(folder), /b can't be used: line 1: the value of "b" is not a string/);
});

test('a key in two files names both', () => {
  const folder = folderOf({one: '{"a": "1"}', two: '{"a": "1"}'});
  assert.throws(() => readExtensions(folder), /two can't be used: "a" is in .*one too\.$/);
});

test('a path that is not there is an error with its reason', () => {
  assert.throws(
    () => readExtensions('/no-such-folder/at/all'),
    /\/no-such-folder\/at\/all can't be used: it can't be read \(ENOENT\)/,
  );
});

test.run();
