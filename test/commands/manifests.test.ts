import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parse, parseAllDocuments} from 'yaml';
import ManifestsSend from '../../src/commands/manifests/send.ts';
import ManifestsServe from '../../src/commands/manifests/serve.ts';
import {exitCodes} from '../../src/errors.ts';
import {jsonError, run} from '../program.ts';

const image = ['--image', 'registry.example.com/seldon-usage:0.1.0'] as const;
const send = ['manifests', 'send', ...image, '--url', 'https://usage.example.com'];

for (const [id, {examples}] of [
  ['manifests send', ManifestsSend],
  ['manifests serve', ManifestsServe],
] as const) {
  for (const example of examples) {
    const [call = '', ...rest] = example.replace('<%= config.bin %> <%= command.id %> ', '').split(' | ');
    test(`the example of the help: ${id} ${call}`, () => {
      const {status, stdout, stderr} = run([...id.split(' '), ...call.split(' ')]);
      assert.is(status, 0, stderr);
      assert.is(stderr, '');
      assert.ok(parseAllDocuments(stdout).length > (call.includes('--values-for') ? 0 : 4));
      assert.ok(rest.every((one) => one === 'kubectl apply -f -'));
    });
  }
}

test('--json is one List of the same objects', () => {
  const {stdout} = run([...send, '--json']);
  const items = parseAllDocuments(run(send).stdout).map((one) => one.toJS());
  assert.equal(JSON.parse(stdout), {apiVersion: 'v1', kind: 'List', items});
});

const values = {image: image[1], send: {url: ['https://usage.example.com'], allowHttp: true, apiServerPort: [6443]}};
/** What lies below a path. */
function at(value: unknown, path: string): unknown {
  const keys = path === '' ? [] : path.split('.');
  return keys.reduce((below, key) => (below as Record<string, unknown>)[key], value);
}

const edits: [installer: string, values: string, namespace: string | undefined][] = [
  ['file', '', undefined],
  ['flux', 'spec.values', 'spec.targetNamespace'],
  ['argocd', 'spec.source.helm.valuesObject', 'spec.destination.namespace'],
  ['k3s', 'spec.valuesContent', 'spec.targetNamespace'],
];
for (const [installer, below, namespace] of edits) {
  test(`--values-for ${installer}: the values where it has them, and the namespace`, () => {
    const more = ['--allow-http', '--api-server-port', '6443', '--namespace', 'usage', '--values-for', installer];
    const {stdout, status} = run([...send, ...more]);
    assert.is(status, 0);
    assert.match(stdout, /^# /);
    const edit: unknown = parse(stdout);
    const found = at(edit, below);
    assert.equal(typeof found === 'string' ? parse(found) : found, values);
    if (namespace) assert.is(at(edit, namespace), 'usage');
    else assert.match(stdout, ' --namespace usage ');
    assert.equal(JSON.parse(run([...send, ...more, '--json']).stdout), edit);
  });
}

test('the same call prints the same bytes', () => assert.is(run(send).stdout, run(send).stdout));

test('nothing of the surroundings is in it: no kubeconfig is read, no variable counts', () => {
  const env = {
    KUBECONFIG: '/nonexistent',
    SELDON_USAGE_URL: 'https://other.example.com',
    DO_NOT_TRACK: '1',
    SELDON_USAGE_OMIT: 'nodes',
  };
  assert.is(run(send, {env}).stdout, run(send).stdout);
});

const refused: [args: string[], says: RegExp][] = [
  [['manifests'], /Either send or serve/],
  [['manifests', 'sned'], /Did you mean: seldon-usage manifests send/],
  [['manifests', 'send', ...image], /--url is missing/],
  [['manifests', 'send', '--url', 'https://a.example'], /--image is missing/],
  [[...send, '--namespace', 'A'], /--namespace "A" is not a name of a namespace/],
  [[...send, '--namespace', ''], /--namespace "" is not a name of a namespace/],
  [[...send, '--capacity', 'some'], /--capacity/],
  [[...send, '--values-for', 'helm'], /--values-for/],
  [[...send, '--values-for', 'flux', '--name', 'A'], /--name "A"/],
  [[...send, '--url', 'http://a.example'], /plain http/],
  [[...send, '--egress-cidr', '10.0.0.1/8'], /--egress-cidr "10.0.0.1\/8" is not a block of addresses/],
  [['manifests', 'serve', ...image, '--ingress-host', 'a.example'], /--trusted-proxy is missing/],
];
for (const [args, says] of refused) {
  test(`${args.join(' ')}: ${says}`, () => {
    const {status, stdout, stderr} = run(args);
    assert.is(status, exitCodes.usage);
    assert.is(stdout, '');
    assert.match(stderr, says);
  });
}
test('an error is one line of JSON with --json', () =>
  assert.is(jsonError(run([...send, '--name', 'A', '--json'])).code, 'usage'));

test.run();
