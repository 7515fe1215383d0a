import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import * as assert from 'uvu/assert';
import {sharedApiserver} from './apiserver.ts';
import {rigSuite} from './available.ts';
import {createNodes, realisticNode} from './nodes.ts';
import {helmBinary, kubectlBinary} from './toolchain.ts';

const run = promisify(execFile);

for (const major of [3, 4] as const) {
  const helm = rigSuite(`helm ${major}`, [`helm${major}`]);
  helm('is of its version', async () => {
    const {stdout} = await run(await helmBinary(major), ['version', '--short']);
    assert.match(stdout, new RegExp(`^v${major}\\.`));
  });
  helm.run();

  const onCluster = rigSuite(`helm ${major} on a cluster`, ['apiserver', `helm${major}`]);
  onCluster('finds no release', async () => {
    const {kubeconfig} = await sharedApiserver();
    const {stdout} = await run(await helmBinary(major), ['list', '-A', '-o', 'json', '--kubeconfig', kubeconfig()]);
    assert.equal(JSON.parse(stdout), []);
  });
  onCluster.run();
}

const kubectl = rigSuite('kubectl', ['apiserver', 'kubectl']);

kubectl('lists nodes by every kind of credentials', async () => {
  const server = await sharedApiserver();
  await createNodes(server, 2);
  for (const user of ['admin', 'reader', 'certificate']) {
    const args = ['get', 'nodes', '-o', 'name', '--kubeconfig', server.kubeconfig({user})];
    const {stdout} = await run(await kubectlBinary(), args);
    assert.match(stdout, `node/${realisticNode(0).metadata.name}\n`, user);
  }
});

kubectl('is refused what nobody may', async () => {
  const {kubeconfig} = await sharedApiserver();
  const args = ['get', 'nodes', '--kubeconfig', kubeconfig({user: 'nobody'})];
  const {stderr} = await run(await kubectlBinary(), args).catch((error) => error);
  assert.match(stderr, 'Error from server (Forbidden)');
});

kubectl.run();
