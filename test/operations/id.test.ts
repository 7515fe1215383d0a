import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type IdOptions, id} from '../../src/operations/id.ts';
import {userFilePath} from '../../src/settings.ts';
import {
  bareSurroundings,
  failure,
  kubeconfigOf,
  temporaryFolder,
  withScripted,
} from '../cluster/connection/connecting.ts';
import {operator, withWorkloads} from '../cluster/on-cluster.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';

const never = async () => {
  throw new Error('asked, where nothing was to be asked');
};
const given = '0f9d2c4e-1b7a-4a57-8a55-0123456789ab';

test('an ID that is not a UUID is refused before the cluster is asked', () =>
  withScripted({}, async (_, {requests}) => {
    const error = await failure(id({connection: {}, clusterID: 'acme'}, bareSurroundings(), never));
    assert.is(error.code, 'usage');
    assert.is(requests.length, 0);
  }));

test('an ID of settings that others may have written is stored in no cluster', () =>
  withScripted({}, async (_, server) => {
    const around = bareSurroundings();
    const file = userFilePath(around);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, `cluster-id: ${given}\n`);
    chmodSync(file, 0o666);
    for (const change of ['store', 'reset'] as const) {
      const options = {connection: {kubeconfig: kubeconfigOf(server)}, change};
      const error = await failure(id(options, around, async () => true));
      assert.match(error.message, /^Somebody else may have written .*: its mode is 666\. Nothing was changed\.$/);
    }
    assert.is(server.requests.length, 0);
  }));

test.run();

const real = rigSuite<{server: SharedApiserver; stateDir: string}>('id on a real cluster');
const home = 'seldon-system';
const map = `/api/v1/namespaces/${home}/configmaps/seldon-usage`;

real.before(async (context) => {
  context.server = await sharedApiserver();
});
real.before.each((context) => {
  context.stateDir = temporaryFolder();
});
real.after.each(async ({server}) => {
  await server.request('DELETE', map);
});

/** Runs the operation while an operator is there. */
function run(
  {server, stateDir}: {server: SharedApiserver; stateDir: string},
  options: Partial<IdOptions> & {user?: string} = {},
  confirm: (question: string) => Promise<boolean> = never,
) {
  const {user = 'admin', ...rest} = options;
  const connection = {kubeconfig: server.kubeconfig({user})};
  return id({connection, stateDir, ...rest}, bareSurroundings(), confirm);
}

const withOperator = <T>(server: SharedApiserver, body: () => Promise<T>) =>
  withWorkloads(server, [operator(home, '1.18.2')], body);

real('telling writes nothing to the cluster; storing and telling again say the same ID', async (context) => {
  const {server} = context;
  await withOperator(server, async () => {
    const told = await run(context);
    assert.equal([told.home, told.changed, told.id.origin.from], [home, false, 'local']);
    assert.is((await server.request('GET', map)).status, 404);
    const stored = await run(context, {change: 'store'});
    const inCluster = {value: told.id.value, origin: {from: 'cluster', namespace: home}};
    assert.equal([stored.id, stored.changed], [inCluster, true]);
    assert.equal((await server.request('GET', map)).body.data, {'cluster-id': told.id.value});
    const again = await run(context, {change: 'store'});
    assert.equal([again.id, again.changed], [inCluster, false]);
    // Another user, with another state directory.
    assert.equal((await run({server, stateDir: temporaryFolder()})).id, inCluster);
  });
});

real('storing another ID than the cluster has is refused', async (context) => {
  await withOperator(context.server, async () => {
    const {id: first} = await run(context, {change: 'store'});
    const error = await failure(run(context, {change: 'store', clusterID: given}));
    assert.match(error.message, `The cluster already has another ID: ${first.value}`);
    assert.is((await context.server.request('GET', map)).body.data['cluster-id'], first.value);
  });
});

real('a reset asks with a question that names the cluster, and a no changes nothing', async (context) => {
  const {server} = context;
  await withOperator(server, async () => {
    const {id: first} = await run(context, {change: 'store'});
    let asked = '';
    const error = await failure(
      run(context, {change: 'reset'}, async (question) => {
        asked = question;
        return false;
      }),
    );
    for (const text of ['rig', server.url, 'admin']) assert.match(asked, text);
    assert.is(error.message, 'Nothing was changed.');
    assert.is((await run(context)).id.value, first.value);
  });
});

real('a reset replaces the ID, and keeps what forbids reporting', async (context) => {
  const {server} = context;
  await withOperator(server, async () => {
    const body = {metadata: {name: 'seldon-usage'}, data: {'cluster-id': given, reporting: 'never'}};
    await server.request('POST', `/api/v1/namespaces/${home}/configmaps`, body);
    const {id: second, changed} = await run(context, {change: 'reset'}, async () => true);
    assert.ok(changed);
    assert.is.not(second.value, given);
    const data = {'cluster-id': second.value, reporting: 'never'};
    assert.equal((await server.request('GET', map)).body.data, data);
    assert.is((await run(context)).id.value, second.value);
  });
});

real('a reset mends an ID that is not a UUID; nothing else says it is the cluster’s', async (context) => {
  const {server} = context;
  await withOperator(server, async () => {
    const body = {metadata: {name: 'seldon-usage'}, data: {'cluster-id': 'acme-production'}};
    await server.request('POST', `/api/v1/namespaces/${home}/configmaps`, body);
    for (const change of [undefined, 'store'] as const)
      assert.match((await failure(run(context, {change}))).message, 'is not a UUID: acme-production');
    assert.match((await failure(run(context, {change: 'store', clusterID: given}))).message, 'is not a UUID');
    const {id: mended} = await run(context, {change: 'reset'}, async () => true);
    assert.equal((await server.request('GET', map)).body.data, {'cluster-id': mended.value});
  });
});

real('two who store at once have one ID', async ({server}) => {
  await withOperator(server, async () => {
    const both = await Promise.all([1, 2].map(() => run({server, stateDir: temporaryFolder()}, {change: 'store'})));
    assert.is(both[0]?.id.value, both[1]?.id.value);
    assert.is((await server.request('GET', map)).body.data['cluster-id'], both[0]?.id.value);
  });
});

real('without rights an ID is told, and storing says what is missing', async (context) => {
  await withOperator(context.server, async () => {
    const told = await run(context, {user: 'nobody'});
    assert.is(told.id.origin.from, 'local');
    const error = await failure(run(context, {user: 'nobody', change: 'store'}));
    assert.match(error.message, /The user nobody may not create configmaps in the namespace /);
    assert.is(error.code, 'cluster');
  });
});

real.run();
