import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';
import {placeOf} from '../../../src/cluster/connection/connection.ts';
import type {Route} from '../../rig/scripted.ts';
import {bareSurroundings, temporaryFolder, withScripted} from './connecting.ts';

/** The place to which a cluster's entry leads. */
async function placeTo(cluster: object): Promise<string> {
  const path = join(temporaryFolder(), 'config');
  const context = {cluster: 'c', user: 'u'};
  const config = {
    ...{apiVersion: 'v1', kind: 'Config', clusters: [{name: 'c', cluster}], users: [{name: 'u', user: {}}]},
    ...{contexts: [{name: 'x', context}], 'current-context': 'x'},
  };
  writeFileSync(path, JSON.stringify(config));
  const connection = await connect({kubeconfig: path}, bareSurroundings());
  connection.close();
  return placeOf(connection);
}

const server = 'https://api.example:443/k8s/clusters/one';
const places: [what: string, cluster: object, same: boolean][] = [
  ['without the port that is usual', {server: 'https://API.example/k8s/clusters/one/'}, true],
  ['without a check of its certificate', {server, 'insecure-skip-tls-verify': true}, true],
  ['at another path', {server: 'https://api.example/k8s/clusters/two'}, false],
  ['by a proxy', {server, 'proxy-url': 'socks5://127.0.0.1:1080'}, false],
  ['by another name of its certificate', {server, 'tls-server-name': 'two.example'}, false],
];
for (const [what, cluster, same] of places)
  test(`a server ${what} is ${same ? 'the same' : 'another'} place`, async () =>
    assert.is((await placeTo(cluster)) === (await placeTo({server})), same));

test('whoever asks is told when the request has left, before the answer comes', async () => {
  const left = Promise.withResolvers<void>();
  const whenLeft: Route = async (_, response) => {
    await left.promise;
    response.end('{}');
  };
  await withScripted({'/version': whenLeft}, async (connection) => {
    const response = await connection.request('/version', {sent: left.resolve});
    assert.is(response.statusCode, 200);
    response.resume();
  });
});

test.run();
