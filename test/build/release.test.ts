import {execFileSync, spawnSync} from 'node:child_process';
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isAfter, releasedChangelog} from '../../build/release.ts';

const versions: [next: string, current: string, after: boolean][] = [
  ['0.2.0', '0.1.0', true],
  ['0.1.1', '0.1.0', true],
  ['1.0.0', '0.9.9', true],
  ['0.10.0', '0.9.0', true],
  ['0.1.0', '0.1.0', false],
  ['0.0.9', '0.1.0', false],
  ['0.2.0-rc.1', '0.1.0', false],
  ['v0.2.0', '0.1.0', false],
  ['', '0.1.0', false],
];
for (const [next, current, after] of versions)
  test(`${next || 'nothing'} ${after ? 'comes' : 'does not come'} after ${current}`, () =>
    assert.is(isAfter(next, current), after));

test('what is unreleased gets a version and a day', () =>
  assert.is(
    releasedChangelog('# Changelog\n\n## Unreleased\n\n- a\n\n## 0.1.0\n\n- b\n', '0.2.0', '2026-11-26'),
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-26)\n\n- a\n\n## 0.1.0\n\n- b\n',
  ));
for (const text of ['# Changelog\n', '## Unreleased\n\n## 0.1.0\n- b\n'])
  test(`${JSON.stringify(text)} has nothing to release`, () =>
    assert.throws(() => releasedChangelog(text, '0.2.0', '2026-11-26'), /nothing under/));

test('a release is made in a copy: version, changelog, tarball, checksums, commit and tag', () => {
  const root = mkdtempSync(join(tmpdir(), 'release-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  const env = {
    ...process.env,
    ...{GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@example.com', GIT_COMMITTER_NAME: 'x'},
    GIT_COMMITTER_EMAIL: 'x@example.com',
  };
  const release = (...args: string[]) =>
    spawnSync(process.execPath, ['build/release.ts', ...args], {cwd: root, encoding: 'utf8', env});
  try {
    const skipped = ['node_modules', '.git', 'dist', 'test', 'release'].map((name) => join(process.cwd(), name));
    cpSync(process.cwd(), root, {recursive: true, filter: (path) => !skipped.includes(path)});
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
    // A link is no folder to .gitignore.
    writeFileSync(join(root, '.gitignore'), `${readFileSync(join(root, '.gitignore'), 'utf8')}node_modules\n`);
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'x');
    for (const [args, says] of [
      [['0.1.0'], /does not come after/],
      [[], /Usage/],
      [['9.0.0', '9.1.0'], /Usage/],
      [['9.0.0', '--from', 'here'], /Usage/],
    ] as const) {
      const {status, stderr} = release(...args);
      assert.is(status, 1);
      assert.match(stderr, says);
    }
    const dry = release('9.0.0', '--dry-run');
    assert.is(dry.status, 0, dry.stderr);
    assert.is(git('status', '--porcelain'), '');

    const made = release('9.0.0', '--from', 'https://example.com/releases/v9.0.0');
    assert.is(made.status, 0, made.stderr);
    assert.is(git('status', '--porcelain'), '');
    assert.is(git('tag', '--list').trim(), 'v9.0.0');
    const executable = `seldon-usage-9.0.0-linux-${process.arch}`;
    const linux = process.platform === 'linux' ? [executable, `${executable}.tar.gz`, 'seldon-usage.yaml'] : [];
    assert.equal(
      readdirSync(join(root, 'release')).sort(),
      ['SHA256SUMS', 'seldon-usage-9.0.0.sbom.cdx.json', 'seldon-usage-9.0.0.tgz', ...linux].sort(),
    );
    const sums = readFileSync(join(root, 'release/SHA256SUMS'), 'utf8');
    assert.is(sums.trimEnd().split('\n').length, 2 + linux.length);
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {cwd: join(root, 'release')});
    const told = spawnSync(process.execPath, ['bin/run.js', '--version'], {cwd: root, encoding: 'utf8'});
    assert.match(told.stdout, /^seldon-usage\/9\.0\.0 /);
    if (linux.length > 0) {
      const alone = spawnSync(join(root, 'release', executable), ['--version'], {encoding: 'utf8', env: {}});
      assert.match(alone.stdout, /^seldon-usage\/9\.0\.0 /);
      const manifest = readFileSync(join(root, 'release/seldon-usage.yaml'), 'utf8');
      const [sum] = new RegExp(`[\\da-f]{64}(?=  ${executable}\\.tar\\.gz$)`, 'm').exec(sums)!;
      assert.match(manifest, `uri: https://example.com/releases/v9.0.0/${executable}.tar.gz\n`);
      assert.match(manifest, `sha256: ${sum}\n`);
      assert.match(readFileSync(join(root, 'docs/pictures/show.svg'), 'utf8'), /by v9\.0\.0\+seldon-usage/);
    }
    assert.match(readFileSync(join(root, 'charts/seldon-usage/Chart.yaml'), 'utf8'), /9\.0\.0/);
    assert.is(release('9.0.0').status, 1);
  } finally {
    rmSync(root, {recursive: true, force: true});
  }
});

test.run();
