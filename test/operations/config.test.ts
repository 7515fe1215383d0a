import {spawnSync} from 'node:child_process';
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
    writeFileSync(userFilePath(place), file, {mode: 0o600});
  }
  return place;
}
async function refused(writing: Promise<unknown>, says: RegExp): Promise<void> {
  const error = await writing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError && says.test(error.message), String(error));
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

test('a setting is written, comments and the rest stay', async () => {
  const place = around('# mine\ncapacity: all # on purpose\n');
  await setConfig('omit', ['nodes.osImage', 'masterVersion'], place);
  assert.is(fileOf(place), '# mine\ncapacity: all # on purpose\nomit:\n  - nodes.osImage\n  - masterVersion\n');
  await unsetConfig('omit', place);
  assert.is(fileOf(place), '# mine\ncapacity: all # on purpose\n');
});

test('the first setting makes the file, the last one empties it', async () => {
  const place = around();
  await setConfig('allow-http', ['true'], place);
  assert.is(fileOf(place), 'allow-http: true\n');
  await unsetConfig('allow-http', place);
  await unsetConfig('allow-http', place);
  assert.is(fileOf(place), '');
});

test('a link is followed and stays one', async () => {
  const place = around('');
  const path = userFilePath(place);
  rmSync(path);
  writeFileSync(join(place.home, 'elsewhere.yaml'), '');
  symlinkSync(join(place.home, 'elsewhere.yaml'), path);
  await setConfig('capacity', ['all'], place);
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.is(readFileSync(join(place.home, 'elsewhere.yaml'), 'utf8'), 'capacity: all\n');
});

// Not with /dev/null itself: root would have none afterwards, if this failed.
test('a device that a link leads to is not replaced', async () => {
  const place = around();
  const path = userFilePath(place);
  mkdirSync(dirname(path), {recursive: true});
  const device = join(place.home, 'null');
  // Only root can make one, and not in every container.
  if (spawnSync('mknod', [device, 'c', '1', '3']).status !== 0) return;
  symlinkSync(device, path);
  await refused(setConfig('timeout', ['5s'], place), /can't be written [(]EINVAL[)]/);
  assert.ok(lstatSync(device).isCharacterDevice());
});

test('a link that somebody else could let lead elsewhere is not followed', async () => {
  const place = around('');
  const path = userFilePath(place);
  const target = join(place.home, 'elsewhere.yaml');
  rmSync(path);
  writeFileSync(target, '');
  symlinkSync(target, path);
  chmodSync(dirname(path), 0o777);
  await refused(setConfig('capacity', ['all'], place), /config\.yaml is not written: .* is a link that somebody else/);
  assert.is(readFileSync(target, 'utf8'), '');
});

if (process.geteuid?.() === 0) {
  test("nothing is written into another user's home, as sudo leaves it", async () => {
    const place = around();
    mkdirSync(place.home);
    chownSync(place.home, 54_321, 54_321);
    await refused(setConfig('capacity', ['all'], place), /is not written: .* belongs to user 54321/);
    assert.equal(readdirSync(place.home), []);
  });
}

const bad: [key: string, values: string[], says: RegExp][] = [
  ['colour', ['red'], /no setting colour/],
  ['context', ['prod'], /no setting context/],
  ['capacity', ['some'], /capacity: "some" is neither known nor all/],
  ['capacity', ['known', 'all'], /takes one value/],
  ['capacity', [], /takes one value/],
  ['timeout', ['5 minutes'], /is not a duration/],
  ['allow-http', ['maybe'], /neither true nor false/],
  ['omit', ['clusterID'], /not a field that a report can do without/],
  ['url', ['https://a', 'ftp://b'], /"ftp:\/\/b" is not a URL/],
  ['cluster-id', ['acme'], /is not a UUID/],
  ['keep-reports', ['many'], /neither a number nor all/],
  ['__proto__', ['x'], /no setting/],
];
for (const [key, values, says] of bad) {
  test(`config set ${[key, ...values].join(' ')} is refused, and nothing is written`, async () => {
    const place = around('capacity: all\n');
    await refused(setConfig(key, values, place), says);
    assert.is(fileOf(place), 'capacity: all\n');
  });
}

test('of changes at once none is lost', async () => {
  const place = around('# mine\n');
  await Promise.all([
    setConfig('capacity', ['all'], place),
    setConfig('timeout', ['5s'], place),
    unsetConfig('omit', place),
    setConfig('keep-reports', ['7'], place),
  ]);
  const lines = fileOf(place).trim().split('\n').filter(Boolean).sort();
  assert.equal(lines, ['# mine', 'capacity: all', 'keep-reports: "7"', 'timeout: 5s']);
});

test('a file that is wrong already is not written over', async () => {
  const place = around('colour: red\n');
  await refused(setConfig('capacity', ['all'], place), /colour is not a setting/);
  assert.is(fileOf(place), 'colour: red\n');
});

test.run();
