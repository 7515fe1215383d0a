// Who has Seldon Core 2 alone sends a report of his own choice, with the built program: shown, agreed to, recorded.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {withWorkloads} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {newFolder} from '../folder.ts';
import {hodometer, installCore2} from '../helm/core2-world.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';

const test = rigSuite<{server: Apiserver}>('send with Seldon Core 2');

test.before(async (context) => {
  context.server = await startApiserver();
  await installCore2(context.server);
  await context.server.request('POST', '/api/v1/nodes', realisticNode(0));
});
test.after(({server}) => server.close());

const operator = {
  resource: 'deployments',
  namespace: 'seldon-mesh',
  name: 'seldon-v2-controller-manager',
  image: 'docker.io/seldonio/seldonv2-controller:2.9.1',
} as const;

test('show, collect --hodometer, send, and the no of the cluster', async ({server}) => {
  const receiver = await startReceiver();
  const home = newFolder('core2-send-');
  const run = (...args: string[]) => runBuilt(args, {KUBECONFIG: server.kubeconfig()}, home);
  await withWorkloads(server, [operator], async () => {
    const made = hodometer('hodometer', {env: {EXTRA_PUBLISH_URLS: 'https://a:b@ours.example/\u001b[31mx'}});
    await server.request('POST', '/apis/apps/v1/namespaces/seldon-mesh/deployments', made);
    const shown = await run('show');
    assert.is(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /Seldon Core +2\.9\.1/);
    assert.match(shown.stdout, /Hodometer of Seldon Core 2 in seldon-mesh/);
    assert.match(shown.stdout, /http:\/\/hodometer\.seldon\.io, https:\/\/ours\.example\//);
    assert.not.match(shown.stdout, /\u001b|a:b@/);
    const json = await run('show', '--json');
    assert.equal(Object.keys(JSON.parse(json.stdout)).sort(), [
      ...['clusterID', 'extensions', 'masterVersion', 'nodes', 'timestamp', 'version'],
    ]);
    assert.not.match(json.stdout, /collector_version|hodometer/i);
    const file = join(home, 'event.json');
    const event = await run('collect', '--hodometer', '--pretty', '--output', file);
    assert.equal([event.status, event.stdout], [0, '']);
    assert.match(event.stderr, /an estimate/);
    const odd = await run('collect', '--hodometer', '--omit', 'nodes.osImage');
    assert.is(odd.status, 2, odd.stderr);
    const level = await run('disable', '--level', 'all', '--yes');
    assert.is(level.status, 2, level.stderr);
    const question = await run('disable');
    assert.is(question.status, 2);
    assert.match(question.stderr, /no terminal to ask on/);

    const sent = await run('send', '--yes', '--url', receiver.url, '--omit', 'nodes.osImage');
    assert.is(sent.status, 0, sent.stderr);
    const report = JSON.parse(String(receiver.bodies[0])) as {
      extensions: {name: string; value: string}[];
      nodes: object[];
    };
    assert.equal(report.extensions, [{name: 'seldon-core-version', value: '2.9.1'}]);
    assert.is('osImage' in report.nodes[0]!, false);
    assert.is(readdirSync(join(home, '.local/state/seldon-usage/sent')).length, 1);
    const forbids = {metadata: {name: 'seldon-usage'}, data: {reporting: 'no'}};
    const path = '/api/v1/namespaces/seldon-mesh/configmaps';
    await server.request('DELETE', `${path}/seldon-usage`);
    await server.request('POST', path, forbids);
    const refused = await run('send', '--yes', '--url', receiver.url);
    assert.is(refused.status, 6, refused.stderr);
    assert.match(refused.stderr.replace(/\s+/g, ' '), /seldon-mesh/);
  });
  await receiver.close();
});

test.run();
