import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseAllDocuments} from 'yaml';
import ManifestsSend from '../../src/commands/manifests/send.ts';
import ManifestsServe from '../../src/commands/manifests/serve.ts';
import {exitCodes} from '../../src/errors.ts';
import {jsonError, run} from '../program.ts';

const image = ['--image', 'registry.example.com/seldon-usage:0.1.0'];
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
      assert.ok(parseAllDocuments(stdout).length > 4);
      assert.ok(rest.every((one) => one === 'kubectl apply -f -'));
    });
  }
}

test('--json is one List of the same objects', () => {
  const {stdout} = run([...send, '--json']);
  const items = parseAllDocuments(run(send).stdout).map((one) => one.toJS());
  assert.equal(JSON.parse(stdout), {apiVersion: 'v1', kind: 'List', items});
});

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
  [['manifests', 'send', ...image], /Missing required flag url/],
  [['manifests', 'send', '--url', 'https://a.example'], /Missing required flag image/],
  [[...send, '--namespace', 'A'], /--namespace "A" is no name of a namespace/],
  [[...send, '--namespace', ''], /--namespace "" is no name of a namespace/],
  [[...send, '--capacity', 'some'], /--capacity/],
  [[...send, '--url', 'http://a.example'], /plain http/],
  [[...send, '--egress-cidr', '10.0.0.1/8'], /--egress-cidr "10.0.0.1\/8" is no block of addresses/],
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
