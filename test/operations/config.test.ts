import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {config, setConfig, unsetConfig} from '../../src/operations/config.ts';
import {userFilePath} from '../../src/settings.ts';

const base = mkdtempSync(join(tmpdir(), 'config-'));
test.after(() => rmSync(base, {recursive: true}));

let homes = 0;
function around(file?: string, env: NodeJS.ProcessEnv = {}) {
  const place = {home: join(base, String(homes++)), env};
  if (file !== undefined) {
    mkdirSync(dirname(userFilePath(place)), {recursive: true});
    writeFileSync(userFilePath(place), file);
  }
  return place;
}
const fileOf = (place: ReturnType<typeof around>) => readFileSync(userFilePath(place), 'utf8');

const listed: [what: string, file: string, env: NodeJS.ProcessEnv, name: string, value: unknown, origin: unknown][] = [
  ['the default', '', {}, 'timeout', '60s', 'default'],
  ['the file', 'timeout: 5s', {}, 'timeout', '5s', 'file'],
  ['the variable', 'timeout: 5s', {SELDON_USAGE_TIMEOUT: '7s'}, 'timeout', '7s', 'variable'],
  ['a switch', 'allow-http: true', {}, 'allow-http', 'true', 'file'],
  ['a list', 'url: [https://a, https://b]', {}, 'url', ['https://a', 'https://b'], 'file'],
  ['one of a list', 'url: https://a', {}, 'url', ['https://a'], 'file'],
  [
    'a list of a variable',
    'url: https://a',
    {SELDON_USAGE_URL: 'https://b,https://c'},
    'url',
    ['https://b', 'https://c'],
    'variable',
  ],
  [
    'commas of a URL',
    '',
    {SELDON_USAGE_URL: 'https://b/x,y https://c'},
    'url',
    ['https://b/x,y', 'https://c'],
    'variable',
  ],
  [
    'what adds up',
    'omit: [nodes.osImage]',
    {SELDON_USAGE_OMIT: 'masterVersion'},
    'omit',
    ['masterVersion', 'nodes.osImage'],
    'variable',
  ],
  ['nothing', '', {}, 'cacert', undefined, undefined],
];
for (const [what, file, env, name, value, origin] of listed) {
  test(`${name} of ${what}`, () => {
    const found = config(around(file, env)).settings.find((one) => one.name === name)!;
    assert.equal([found.value, found.origin], [value, origin]);
  });
}

test('a setting is written, comments and the rest stay', () => {
  const place = around('# mine\ncapacity: all # on purpose\n');
  setConfig('omit', ['nodes.osImage', 'masterVersion'], place);
  assert.is(fileOf(place), '# mine\ncapacity: all # on purpose\nomit:\n  - nodes.osImage\n  - masterVersion\n');
  unsetConfig('omit', place);
  assert.is(fileOf(place), '# mine\ncapacity: all # on purpose\n');
});

test('the first setting makes the file, the last one empties it', () => {
  const place = around();
  setConfig('allow-http', ['true'], place);
  assert.is(fileOf(place), 'allow-http: true\n');
  unsetConfig('allow-http', place);
  unsetConfig('allow-http', place);
  assert.is(fileOf(place), '');
});

test('a link is followed and stays one', () => {
  const place = around('');
  const path = userFilePath(place);
  rmSync(path);
  writeFileSync(join(place.home, 'elsewhere.yaml'), '');
  symlinkSync(join(place.home, 'elsewhere.yaml'), path);
  setConfig('capacity', ['all'], place);
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.is(readFileSync(join(place.home, 'elsewhere.yaml'), 'utf8'), 'capacity: all\n');
});

test('a link that somebody else could let lead elsewhere is not followed', () => {
  const place = around('');
  const path = userFilePath(place);
  const target = join(place.home, 'elsewhere.yaml');
  rmSync(path);
  writeFileSync(target, '');
  symlinkSync(target, path);
  chmodSync(dirname(path), 0o777);
  assert.throws(
    () => setConfig('capacity', ['all'], place),
    /config\.yaml is not written: .* is a link that somebody else/,
  );
  assert.is(readFileSync(target, 'utf8'), '');
});

if (process.geteuid?.() === 0) {
  test("nothing is written into another user's home, as sudo leaves it", () => {
    const place = around();
    mkdirSync(place.home);
    chownSync(place.home, 54_321, 54_321);
    assert.throws(() => setConfig('capacity', ['all'], place), /is not written: .* belongs to user 54321/);
    assert.equal(readdirSync(place.home), []);
  });
}

const refused: [key: string, values: string[], says: RegExp][] = [
  ['colour', ['red'], /no setting colour/],
  ['context', ['prod'], /no setting context/],
  ['capacity', ['some'], /capacity: "some" is neither known nor all/],
  ['capacity', ['known', 'all'], /takes one value/],
  ['capacity', [], /takes one value/],
  ['timeout', ['5 minutes'], /is no duration/],
  ['allow-http', ['maybe'], /neither true nor false/],
  ['omit', ['clusterID'], /no field that a report can do without/],
  ['url', ['https://a', 'ftp://b'], /"ftp:\/\/b" is no URL/],
  ['cluster-id', ['acme'], /is no UUID/],
  ['keep-reports', ['many'], /neither a number nor all/],
  ['__proto__', ['x'], /no setting/],
];
for (const [key, values, says] of refused) {
  test(`config set ${[key, ...values].join(' ')} is refused, and nothing is written`, () => {
    const place = around('capacity: all\n');
    assert.throws(
      () => setConfig(key, values, place),
      (error: UserError) => error instanceof UserError && says.test(error.message),
    );
    assert.is(fileOf(place), 'capacity: all\n');
  });
}

test('a file that is wrong already is not written over', () => {
  const place = around('colour: red\n');
  assert.throws(() => setConfig('capacity', ['all'], place), /colour is no setting/);
  assert.is(fileOf(place), 'colour: red\n');
});

test.run();
