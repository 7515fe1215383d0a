import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {helmVersion} from '../../src/helm/helm-version.ts';

const versions: [name: string, output: string, version: string | undefined][] = [
  ['a release', 'v3.21.4', 'v3.21.4'],
  ['Helm 4', 'v4.2.4\n', 'v4.2.4'],
  ['with a commit', 'v3.21.4+g1a2b3c4', 'v3.21.4'],
  ['a source build', 'v3.21', 'v3.21'],
  ['a source build of 4', 'v4.2', 'v4.2'],
  ['unreleased', 'v4.2+unreleased', 'v4.2'],
  ['unreleased with a patch number', 'v3.21.0+unreleased', 'v3.21.0'],
  ['a candidate', 'v4.0.0-rc.1', 'v4.0.0-rc.1'],
  ['a candidate without a patch number', 'v4.0-rc.1+g12', 'v4.0-rc.1'],
  ['without a v', '3.21.4', 'v3.21.4'],
  ['in quotes', '"v3.21.4"', 'v3.21.4'],
  ['a shim that names another program', 'Using kubectl v1.30.2\nv3.21.4\n', 'v3.21.4'],
  ['one that says a version alone', 'v1.30.2\nv3.21.4\n', 'v3.21.4'],
  ['a warning before', 'WARNING: Kubernetes configuration file is group-readable v2.0.0\nv3.21.4', 'v3.21.4'],
  ['a word after', 'v3.21.4\ndone in 0.1 s\n\n', 'v3.21.4'],
  ['colours', '\u001b[32mv3.21.4\u001b[0m\n', 'v3.21.4'],
  ['Windows line breaks', 'asdf: using 1.2.3\r\nv3.21.4\r\n', 'v3.21.4'],
  [
    'a wrapper that drops the template',
    'version.BuildInfo{Version:"v3.21.4", GitCommit:"x", GitTreeState:"clean", GoVersion:"go1.24.1"}\n',
    'v3.21.4',
  ],
  ['Helm 2', 'Client: &version.Version{SemVer:"v2.17.0"}\n', undefined],
  ['another program', 'Using kubectl v1.30.2\n', undefined],
  ['nothing', '', undefined],
  ['Node', 'v24.21.0', 'v24.21.0'],
];
for (const [name, output, version] of versions)
  test(`${name}: ${version}`, () => assert.is(helmVersion(output)?.version, version));

test('the numbers', () => {
  const {major, minor} = helmVersion('v3.9\n')!;
  assert.equal([major, minor], [3, 9]);
});

test.run();
