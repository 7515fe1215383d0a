// The chart, installed by both Helms on a real API server.
import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import * as assert from 'uvu/assert';
import {folder} from '../program.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

const test = rigSuite('the chart on a real API server', ['apiserver', 'helm3', 'helm4']);
const chart = join(import.meta.dirname, '../../charts/seldon-usage');
const values = [
  ['image', 'registry.example.com/seldon-usage:0.1.0'],
  ['send.url', '{https://usage.example.com}'],
  ['serve.enabled', 'true'],
];

async function helm(server: SharedApiserver, major: 3 | 4, namespace: string, args: string[]): Promise<string> {
  const call = [...args, '--namespace', namespace, '--kubeconfig', server.kubeconfig()];
  const {stdout} = await promisify(execFile)(await helmBinary(major), call, {env: {HOME: folder}});
  return stdout;
}

for (const major of [3, 4] as const) {
  test(`Helm ${major} installs, upgrades and removes it, and the cluster’s ID stays`, async () => {
    const server = await sharedApiserver();
    const own = `chart-${major}`;
    for (const name of [own, `${own}-seldon`]) await server.request('POST', '/api/v1/namespaces', {metadata: {name}});
    const set = [
      ...values,
      ['send.name', `${own}-send`],
      ['serve.name', `${own}-serve`],
      ['send.seldonNamespace', `${own}-seldon`],
    ].flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    assert.match(await helm(server, major, own, ['install', 'usage', chart, ...set]), 'port-forward');
    const cronJobs = `/apis/batch/v1/namespaces/${own}/cronjobs`;
    const names = async () =>
      ((await server.request('GET', cronJobs)).body.items as {metadata: {name: string}}[]).map(
        ({metadata}) => metadata.name,
      );
    assert.equal(await names(), [`${own}-send`]);

    const path = `/api/v1/namespaces/${own}-seldon/configmaps/seldon-usage`;
    const data = {'cluster-id': '846db7e9-c861-43d7-8d08-31578af59878'};
    await server.request('PUT', path, {...(await server.request('GET', path)).body, data});
    await helm(server, major, own, ['upgrade', 'usage', chart, ...set, '--set', 'send.schedule=5 4 * * *']);
    assert.equal((await server.request('GET', path)).body.data, data);
    await helm(server, major, own, ['uninstall', 'usage']);
    assert.equal(await names(), []);
    assert.equal((await server.request('GET', path)).body.data, data);
  });
}

for (const major of [3, 4] as const) {
  test(`Helm ${major} takes over a ConfigMap that is there, and the no in it stays`, async () => {
    const server = await sharedApiserver();
    const own = `taken-${major}`;
    for (const name of [own, `${own}-seldon`]) await server.request('POST', '/api/v1/namespaces', {metadata: {name}});
    const path = `/api/v1/namespaces/${own}-seldon/configmaps`;
    const data = {reporting: 'never'};
    await server.request('POST', path, {metadata: {name: 'seldon-usage'}, data});
    const set = [...values.slice(0, 2), ['send.name', own], ['send.seldonNamespace', `${own}-seldon`]];
    const flags = set.flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const install = (...more: string[]) => helm(server, major, own, ['install', 'usage', chart, ...flags, ...more]);
    const refused = await install().then(
      () => '',
      (error: {stderr: string}) => error.stderr,
    );
    assert.match(refused, 'exists and cannot be imported');
    await install('--take-ownership');
    assert.equal((await server.request('GET', `${path}/seldon-usage`)).body.data, data);
  });
}

test.run();
