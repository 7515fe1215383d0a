import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {UserError} from '../src/errors.ts';
import {isOwnGroup} from '../src/host/own-group.ts';
import {
  directory,
  type Origin,
  requireOwnSettings,
  setting,
  settings,
  sharedSettings,
  stateDirectory,
  stateDirectoryIfAny,
  userFilePath,
} from '../src/settings.ts';

const base = mkdtempSync(join(tmpdir(), 'settings-'));
test.after(() => rmSync(base, {recursive: true}));

let homes = 0;
/** Surroundings with a home of their own, and the user's file in it. */
function around(file?: string, env: NodeJS.ProcessEnv = {}) {
  const home = join(base, String(homes++));
  mkdirSync(join(home, '.config/seldon-usage'), {recursive: true});
  if (file !== undefined) writeFileSync(join(home, '.config/seldon-usage/config.yaml'), file, {mode: 0o600});
  return {home, env};
}

/** Has the process be another one as far as it asks. */
function as<T>(who: Pick<typeof process, 'geteuid' | 'getegid'>, look: () => T): T {
  const {geteuid, getegid} = process;
  try {
    Object.assign(process, who);
    return look();
  } finally {
    Object.assign(process, {geteuid, getegid});
  }
}

const variable = {SELDON_USAGE_CAPACITY: 'from variable'};
const precedence: [
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
  file: string | undefined,
  value: string,
  origin: Origin,
][] = [
  [undefined, {}, undefined, 'known', 'default'],
  [undefined, {}, 'capacity: from file', 'from file', 'file'],
  [undefined, variable, 'capacity: from file', 'from variable', 'variable'],
  ['from flag', variable, 'capacity: from file', 'from flag', 'flag'],
  [undefined, {SELDON_USAGE_CAPACITY: ''}, undefined, 'known', 'default'],
  [undefined, {}, '', 'known', 'default'],
  [undefined, {}, '# nothing\n', 'known', 'default'],
  [undefined, {}, '{"capacity": "all"}', 'all', 'file'],
  [undefined, {}, 'url: http://other.example', 'known', 'default'],
];
for (const [flag, env, file, value, origin] of precedence) {
  test(`flag ${flag}, variable ${env.SELDON_USAGE_CAPACITY}, file ${JSON.stringify(file)}: ${value}`, () =>
    assert.equal(setting('capacity', flag, around(file, env)), {value, origin}));
}

test('what nothing sets and has no default is undefined', () =>
  assert.is(setting('cluster-id', undefined, around()), undefined));
test('every variable is SELDON_USAGE_ and the name of the setting', () => {
  for (const {name, variable} of settings) {
    const expected = `SELDON_USAGE_${name.toUpperCase().replaceAll('-', '_')}`;
    assert.ok(expected === variable, `${name}: ${variable}`);
  }
});

const wrong: [file: string, reason: RegExp][] = [
  ['- a', /holds no keys/],
  ['text', /holds no keys/],
  ['colour: red', /colour is not a setting/],
  ['capacity: 1', /capacity must be a string/],
  ['capacity: {a: b}', /capacity must be a string/],
  ['capacity: "x', /can't be used/],
  ['__proto__: x', /is not a setting/],
];
for (const [file, reason] of wrong) {
  test(`the user's file is refused: ${file}`, () => {
    const place = around(file);
    assert.throws(
      () => setting('capacity', undefined, place),
      (error: UserError) =>
        error instanceof UserError &&
        error.code === 'usage' &&
        reason.test(error.message) &&
        error.message.includes(userFilePath(place)),
    );
  });
}
test('a folder in place of the file is refused', () => {
  const place = around();
  mkdirSync(userFilePath(place));
  assert.throws(() => setting('capacity', undefined, place), /can't be used/);
});

test('a file that others may write decides nothing where nobody is asked, and is told where somebody is', () => {
  const place = around('url: https://evil.example');
  chmodSync(userFilePath(place), 0o646);
  assert.throws(
    () => requireOwnSettings(place, 'consent', 'Nothing was sent.'),
    (error: UserError) => {
      assert.is(error.code, 'consent');
      assert.is(
        error.message,
        `Somebody else may have written ${userFilePath(place)}: its mode is 646. Nothing was sent.`,
      );
      assert.match(error.suggestions.join('\n'), /chmod go-w .*config\.yaml\n.*XDG_CONFIG_HOME/);
      return true;
    },
  );
  assert.match(sharedSettings(place) ?? '', /not this user's alone \(its mode is 646\)/);
});
test('a file that sets nothing is nobody else’s word', () => {
  const place = around('# nothing\n');
  chmodSync(userFilePath(place), 0o666);
  requireOwnSettings(place, 'consent', '');
  assert.is(sharedSettings(place), undefined);
});
const daemon = {geteuid: () => 1, getegid: () => 1};
// Who has a group of their own has folders that it may write: that is nothing to tell at each report.
if (process.geteuid?.() === 0 && as(daemon, () => isOwnGroup(1)))
  test('a home of umask 002 is not told', () => {
    const place = around('url: https://own.example');
    const parts = ['', '.config', '.config/seldon-usage', '.config/seldon-usage/config.yaml'];
    for (const part of parts) {
      chownSync(join(place.home, part), 1, 1);
      chmodSync(join(place.home, part), part.endsWith('yaml') ? 0o664 : 0o775);
    }
    as(daemon, () => {
      requireOwnSettings(place, 'consent', '');
      assert.is(sharedSettings(place), undefined);
    });
  });

test('a file of the user in a folder that others may write, as volumes of Kubernetes have it, is told and used', () => {
  const place = around('url: https://own.example');
  requireOwnSettings(place, 'consent', '');
  assert.is(sharedSettings(place), undefined);
  chmodSync(join(place.home, '.config'), 0o777);
  requireOwnSettings(place, 'consent', '');
  assert.match(sharedSettings(place) ?? '', /not this user's alone \(others may write \S+\/\.config\)/);
  rmSync(userFilePath(place));
  assert.match(sharedSettings(place) ?? '', /others may write \S+\/\.config\)/);
});

const env = {XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_DATA_HOME: 'relative', XDG_CACHE_HOME: ''};
const directories: [kind: Parameters<typeof directory>[0], env: NodeJS.ProcessEnv, path: string][] = [
  ['config', {}, '/home/a/.config/seldon-usage'],
  ['state', {}, '/home/a/.local/state/seldon-usage'],
  ['data', {}, '/home/a/.local/share/seldon-usage'],
  ['cache', {}, '/home/a/.cache/seldon-usage'],
  ['config', env, '/c/seldon-usage'],
  ['state', env, '/s/seldon-usage'],
  ['data', env, '/home/a/.local/share/seldon-usage'],
  ['cache', env, '/home/a/.cache/seldon-usage'],
];
for (const [kind, env, path] of directories) {
  test(`${kind}: ${path}`, () => assert.is(directory(kind, {home: '/home/a', env}), path));
}

const homeless: [kind: Parameters<typeof directory>[0], variables: RegExp][] = [
  ['config', /: XDG_CONFIG_HOME, HOME$/],
  ['state', /: SELDON_USAGE_STATE_DIR, XDG_STATE_HOME, HOME$/],
  ['data', /: SELDON_USAGE_STORE, XDG_DATA_HOME, HOME$/],
];
for (const [kind, variables] of homeless) {
  test(`without a home, ${kind} needs a variable, and the sentence says which`, () => {
    const said = (error: UserError) => error.code === 'usage' && variables.test(error.suggestions[0] ?? '');
    assert.throws(() => directory(kind, {home: '', env: {}}), said);
  });
}
test('without a home there is no file of settings, which is none', () =>
  assert.equal(setting('capacity', undefined, {home: '', env: {}}), {value: 'known', origin: 'default'}));

test('the state directory can be given', () => {
  const place = around(undefined, {SELDON_USAGE_STATE_DIR: '/v'});
  assert.is(stateDirectory('/f', place), '/f');
  assert.is(stateDirectory(undefined, place), '/v');
  assert.is(stateDirectory(undefined, around(undefined, {XDG_STATE_HOME: '/s'})), '/s/seldon-usage');
});

if (process.geteuid?.() === 0) {
  test('nothing is kept in the home directory of another user', () => {
    const home = mkdtempSync(join(tmpdir(), 'home-'));
    try {
      chownSync(home, 54_321, 54_321);
      assert.is(stateDirectoryIfAny(undefined, {env: {}, home}), undefined);
      assert.throws(() => stateDirectory(undefined, {env: {}, home}), /belongs to another user/);
      assert.is(stateDirectory(undefined, {env: {XDG_STATE_HOME: '/x'}, home}), '/x/seldon-usage');
      assert.is(stateDirectory('/named', {env: {}, home}), '/named');
    } finally {
      rmSync(home, {recursive: true});
    }
  });
}

test.run();
