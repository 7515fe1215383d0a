// The package as it is published: what is in it, what goes with it by law, and that it runs where nothing else is.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Spec, Validation} from '@cyclonedx/cyclonedx-library';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {billOfMaterials, bundledPackages, notices} from '../../build/shipped.ts';

const root = join(import.meta.dirname, '../..');
const test = suite('what is shipped');

let folder: string;
let installed: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'shipped-'));
  const [packed] = JSON.parse(
    String(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {cwd: root})),
  ) as {filename: string}[];
  mkdirSync(join(folder, 'user'));
  writeFileSync(join(folder, 'user/package.json'), '{}');
  // Nothing is fetched: the package needs no other.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed!.filename)], {
    cwd: join(folder, 'user'),
    stdio: 'pipe',
  });
  installed = join(folder, 'user/node_modules/seldon-usage');
});
test.after(() => rmSync(folder, {recursive: true, force: true}));

function run(...args: string[]): string {
  const env = {PATH: process.env.PATH, HOME: folder};
  return String(execFileSync(process.execPath, [join(installed, 'bin/run.js'), ...args], {env, cwd: folder}));
}

test('it runs where it is installed, with its own examples', () => {
  assert.match(run('--version'), /^seldon-usage\//);
  assert.match(run('show', '--nodes', join(installed, 'examples/nodes.json')), /Usage report/);
  assert.match(run('show', join(installed, 'examples/report.json')), /Usage report/);
});

test('nothing is in it that needs what is not', () => {
  const files = readdirSync(installed, {recursive: true}).map(String);
  assert.equal(
    files.filter((file) => /[.]ts$/.test(file) && !file.endsWith('.d.ts')),
    [],
  );
  assert.not.ok(existsSync(join(installed, 'node_modules')));
  for (const file of ['LICENSE', 'README.md', 'PRIVACY.md', 'SECURITY.md', 'CHANGELOG.md', 'ARCHITECTURE.md'])
    assert.ok(files.includes(file), file);
});

/** Packages of which the published code holds something, found in another way than the build: by its own comments. */
test('the licences of everything bundled are in it', () => {
  const text = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  const {components} = JSON.parse(readFileSync(join(installed, 'dist/sbom.cdx.json'), 'utf8')) as {
    components: {purl: string; group?: string; name: string; version: string}[];
  };
  assert.ok(components.length > 30);
  for (const {group, name, version} of components)
    assert.ok(text.includes(`\n${group ? `${group}/` : ''}${name} ${version} (`), name);
  // A line of the licence of a package that is certainly there.
  assert.match(text, 'Copyright (c) Sindre Sorhus');
});

test('the bill of materials is one by the schema of CycloneDX', async () => {
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(
    readFileSync(join(installed, 'dist/sbom.cdx.json'), 'utf8'),
  );
  assert.is(problem, null);
});

const inputs = (...paths: string[]) => ({inputs: Object.fromEntries(paths.map((path) => [path, {}]))}) as never;

function withPackages(packages: Record<string, object>, work: (root: string) => void): void {
  const top = mkdtempSync(join(tmpdir(), 'packages-'));
  try {
    writeFileSync(join(top, 'package.json'), '{"name":"own","version":"1.0.0","license":"Apache-2.0"}');
    for (const [path, {texts = {}, ...json}] of Object.entries(packages) as [string, {texts?: object}][]) {
      mkdirSync(join(top, path), {recursive: true});
      writeFileSync(join(top, path, 'package.json'), JSON.stringify(json));
      for (const [name, text] of Object.entries(texts)) writeFileSync(join(top, path, name), text);
    }
    work(top);
  } finally {
    rmSync(top, {recursive: true});
  }
}

test('packages are told by the folders that files come from, nested and scoped ones too', () =>
  withPackages(
    {
      'node_modules/a': {name: 'a', version: '1.0.0', license: 'MIT', texts: {LICENSE: 'of a', 'NOTICE.md': 'notice'}},
      'node_modules/a/node_modules/b': {name: 'b', version: '2.0.0', license: '(MIT OR Apache-2.0)'},
      'node_modules/@s/c': {name: '@s/c', version: '3.0.0', license: {type: 'ISC'}, texts: {'licence.txt': 'of c'}},
    },
    (top) => {
      const found = bundledPackages(
        top,
        inputs('src/x.ts', 'node_modules/a/x.js', 'node_modules/a/y.js', 'node_modules/a/node_modules/b/z.js'),
        inputs('node_modules/@s/c/lib/c.js', 'builtins:node:fs?/top/node_modules/a/x.js'),
      );
      assert.equal(
        found.map(({name, version, license, texts}) => [name, version, license, texts]),
        [
          ['@s/c', '3.0.0', 'ISC', ['of c']],
          ['a', '1.0.0', 'MIT', ['of a', 'notice']],
          ['b', '2.0.0', '(MIT OR Apache-2.0)', []],
        ],
      );
      assert.match(notices(found), /b 2\.0\.0 \(\(MIT OR Apache-2\.0\)\)[\s\S]*holds no text of its licence/);
      assert.match(billOfMaterials(top, found), '"expression": "(MIT OR Apache-2.0)"');
      assert.is(billOfMaterials(top, found), billOfMaterials(top, found));
    },
  ));

test('what says no licence is not shipped', () =>
  withPackages({'node_modules/a': {name: 'a', version: '1.0.0'}}, (top) =>
    assert.throws(
      () => bundledPackages(top, inputs('node_modules/a/x.js')),
      /a@1\.0\.0 is bundled and says no licence/,
    ),
  ));

test.run();
