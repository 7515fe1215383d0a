// What `manifests` prints, on a real API server: it is taken as it is, its pods are admitted where only restricted ones are,
// and the program runs with exactly those files, that user, those rights and that environment.
import {type ChildProcess, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {request as plainRequest} from 'node:http';
import {request} from 'node:https';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import * as assert from 'uvu/assert';
import {parseAllDocuments} from 'yaml';
import type {KubeObject} from '../../src/manifests/index.ts';
import {startProgram} from '../collector/program.ts';
import {eventually, reportOf} from '../collector/send.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {folder, run} from '../program.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {shortLived} from '../rig/go.ts';
import {createNodes} from '../rig/nodes.ts';
import {type PodHost, type PodLike, podHost, whyNoPods} from '../rig/pod.ts';
import {kubectlBinary} from '../rig/toolchain.ts';

const image = 'registry.example.com/seldon-usage:0.1.0';
const url = 'https://usage.example.com';

function print(args: string): {yaml: string; objects: KubeObject[]} {
  const {status, stdout, stderr} = run(['manifests', ...args.split(' '), '--image', image]);
  assert.is(status, 0, stderr);
  return {yaml: stdout, objects: parseAllDocuments(stdout, {version: '1.1'}).map((one) => one.toJS() as KubeObject)};
}

async function kubectl(server: SharedApiserver, args: string[], input = ''): Promise<string> {
  const call = ['--kubeconfig', server.kubeconfig(), ...args];
  const env = {...process.env, ...shortLived};
  const {status, stdout, stderr} = spawnSync(await kubectlBinary(), call, {input, env, encoding: 'utf8'});
  assert.is(status, 0, stderr);
  // Warnings of the API server too: of a field that goes, of a pod that is not restricted.
  assert.is(stderr, '');
  return stdout;
}

async function apply(server: SharedApiserver, yaml: string): Promise<string> {
  return kubectl(server, ['apply', '--server-side', '--validate=strict', '-f', '-'], yaml);
}

async function namespaces(server: SharedApiserver, ...names: string[]): Promise<void> {
  for (const name of names) await server.request('POST', '/api/v1/namespaces', {metadata: {name}});
}

/** The pod that a workload makes, without what a controller adds. */
function podOf(objects: readonly KubeObject[]): PodLike & {metadata: {namespace: string; labels: object}} {
  const workload = objects.find(({kind}) => ['CronJob', 'Deployment', 'StatefulSet'].includes(kind))! as unknown as {
    metadata: {namespace: string};
    spec: {
      template?: PodLike;
      jobTemplate?: {spec: {template: PodLike}};
      volumeClaimTemplates?: {metadata: {name: string}}[];
    };
  };
  const {template, jobTemplate, volumeClaimTemplates = []} = workload.spec;
  const {metadata, spec} = (template ?? jobTemplate!.spec.template) as PodLike & {metadata: {labels: object}};
  const claims = volumeClaimTemplates.map(({metadata: {name}}) => ({
    name,
    persistentVolumeClaim: {claimName: `${name}-0`},
  }));
  return {
    metadata: {...metadata, namespace: workload.metadata.namespace},
    spec: {...spec, volumes: [...(spec.volumes ?? []), ...claims]},
  };
}

const shapes: readonly string[] = [
  `send --url ${url}`,
  `send --url ${url} --period 24h --find-operator --egress-cidr 10.0.0.0/8 --egress-cidr fd00::/8`,
  `send --url ${url} --omit nodes.osImage --capacity all --ca-config-map ca --image-pull-secret pull --schedule @daily --state-storage 1Gi`,
  'serve',
  'serve --service-type LoadBalancer --tls-secret tls --storage-class fast --shared-address 203.0.113.0/24',
  'serve --service-type NodePort --admin-token-secret token --no-fixed-user',
  'serve --also https://usage.team.svc --also-secret also --ca-config-map ca --egress-cidr 10.0.0.0/8 --egress-port 988',
  'serve --ingress-host usage.example.com --ingress-class nginx --ingress-tls-secret tls --trusted-proxy 10.244.0.0/16',
];

const real = rigSuite('manifests on a real API server', ['apiserver', 'kubectl']);
/** What each shape prints, in a namespace of its own. */
const printed = () =>
  shapes.map((shape, index) => {
    const own = `shape-${index}`;
    const flags = `--namespace ${own} --name ${own}${shape.startsWith('send') ? ` --seldon-namespace ${own}-seldon` : ''}`;
    return {shape, own, ...print(`${shape} ${flags}`)};
  });
let all: ReturnType<typeof printed>;

// All of them at once: most of what kubectl costs is its start.
real('what every shape prints is taken without a warning, twice, and by the client too', async () => {
  const server = await sharedApiserver();
  all = printed();
  const joined = all.map(({yaml}) => yaml).join('\n---\n');
  await namespaces(server, ...all.map(({own}) => `${own}-seldon`));
  const lines = (await apply(server, joined)).trim().split('\n');
  for (const {own} of all)
    assert.ok(
      lines.some((line) => line.includes(`/${own} `)),
      own,
    );
  for (const line of (await apply(server, joined)).trim().split('\n')) assert.match(line, / serverside-applied$/);
  // By the client it tells what it changes: nothing, also where a tool compares all the time.
  const byClient = () => kubectl(server, ['apply', '-f', '-'], joined.replaceAll(/\bshape-\d/g, '$&-c'));
  await namespaces(server, ...all.map(({own}) => `${own}-c-seldon`));
  await byClient();
  const again = (await byClient()).trim().split('\n');
  assert.is(again.length, lines.length);
  // Selector and claims of these two kubectl replaces as a whole each time, by what is there already.
  for (const line of again.filter((one) => !/^(poddisruptionbudget|statefulset)/.test(one)))
    assert.match(line, / unchanged$/);
});

shapes.forEach((shape, index) => {
  real(`${shape}: its pod is admitted where only restricted ones are`, async () => {
    const server = await sharedApiserver();
    const {own, objects} = all[index]!;
    const {metadata, spec} = podOf(objects);
    const pods = `/api/v1/namespaces/${own}/pods?fieldValidation=Strict`;
    const admitted = await server.request('POST', pods, {metadata: {...metadata, name: 'as-it-is'}, spec});
    assert.is(admitted.status, 201, JSON.stringify(admitted.body));
    const loose = {...spec, securityContext: {...spec.securityContext, seccompProfile: undefined}};
    const refused = await server.request('POST', pods, {metadata: {...metadata, name: 'loose'}, spec: loose});
    assert.is(refused.status, 403);
    assert.match(refused.body.message, 'violates PodSecurity "restricted');
  });
});

for (const [how, flags] of [
  ['the client', []],
  ['the server', ['--server-side']],
] as const) {
  real(`what is in the ConfigMap stays when it is applied again by ${how}`, async () => {
    const server = await sharedApiserver();
    const own = `again-${flags.length}`;
    await namespaces(server, `${own}-seldon`);
    const {yaml} = print(`send --url ${url} --namespace ${own} --name ${own} --seldon-namespace ${own}-seldon`);
    const again = () => kubectl(server, ['apply', '--validate=strict', ...flags, '-f', '-'], yaml);
    await again();
    const path = `/api/v1/namespaces/${own}-seldon/configmaps/seldon-usage`;
    const {body: map} = await server.request('GET', path);
    await server.request('PUT', path, {...map, data: {reporting: 'never'}});
    await again();
    assert.equal((await server.request('GET', path)).body.data, {reporting: 'never'});
  });
}

const rights: [
  what: string,
  verb: string,
  group: string,
  resource: string,
  name: string,
  place: string,
  may: boolean,
][] = [
  ['list nodes', 'list', '', 'nodes', '', '', true],
  ['get a node', 'get', '', 'nodes', 'a', '', false],
  ['watch nodes', 'watch', '', 'nodes', '', '', false],
  ['see a no of the operator', 'get', '', 'configmaps', 'seldon-usage', 'rights-seldon', true],
  ['see a no of kube-system', 'get', '', 'configmaps', 'seldon-usage', 'kube-system', true],
  ['read another ConfigMap', 'get', '', 'configmaps', 'other', 'rights-seldon', false],
  ['list ConfigMaps', 'list', '', 'configmaps', '', 'rights-seldon', false],
  ['store the ID', 'update', '', 'configmaps', 'seldon-usage', 'rights-seldon', true],
  ['write elsewhere', 'update', '', 'configmaps', 'seldon-usage', 'kube-system', false],
  ['create ConfigMaps', 'create', '', 'configmaps', '', 'rights-seldon', false],
  ['delete it', 'delete', '', 'configmaps', 'seldon-usage', 'rights-seldon', false],
  ['read Secrets', 'get', '', 'secrets', 'a', 'rights-seldon', false],
  ['look for the operator', 'list', 'apps', 'deployments', '', '', false],
];
real('the rights of send are these and no others', async () => {
  const server = await sharedApiserver();
  await namespaces(server, 'rights-seldon');
  await apply(
    server,
    print(`send --url ${url} --namespace rights --name rights --seldon-namespace rights-seldon`).yaml,
  );
  const user = 'system:serviceaccount:rights:rights';
  const review = async ([, verb, group, resource, name, namespace]: (typeof rights)[number]) => {
    const resourceAttributes = {verb, group, resource, name, namespace};
    const groups = ['system:serviceaccounts', 'system:serviceaccounts:rights', 'system:authenticated'];
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    return (await server.request('POST', path, {spec: {user, groups, resourceAttributes}})).body.status.allowed;
  };
  // The server learns of new roles by a watch of its own.
  for (const right of rights.filter(([, , , , , , may]) => may)) await eventually(() => review(right));
  const found = await Promise.all(rights.map(async (right) => [right[0], await review(right)]));
  assert.equal(
    found,
    rights.map(([what, , , , , , may]) => [what, may]),
  );
});
real.run();

const pods = rigSuite('pods of manifests', ['apiserver', 'kubectl']);
const why = whyNoPods();
const inPod: (name: string, work: () => Promise<void>) => void = why && !process.env.CI ? pods.skip : pods;
if (why && !process.env.CI) console.error(`SKIPPED pods of manifests: ${why}`);

/** Everything applied, and a host for the pod that may reach the API server and the collector only. */
async function prepared(own: string, more: string, collector: {port: number}): Promise<[SharedApiserver, PodHost]> {
  const server = await sharedApiserver();
  await createNodes(server, 2);
  await namespaces(server, `${own}-seldon`);
  const flags = `--namespace ${own} --name ${own} --seldon-namespace ${own}-seldon --allow-http`;
  const {yaml, objects} = print(`send --url http://127.0.0.1:${collector.port} ${flags} ${more}`.trim());
  await apply(server, yaml);
  return [server, await podHost(server, own, podOf(objects), {reach: {[collector.port]: collector.port}})];
}

async function ended(host: PodHost, pod?: PodLike, input?: string): Promise<{code: number; said: string}> {
  const child = host.start(pod, input);
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return {code, said};
}

inPod('a CronJob’s pod reports, with the same ID after each restart, until the cluster says no', async () => {
  const receiver = await startReceiver();
  const [server, host] = await prepared('cron', '', {port: Number(new URL(receiver.url).port)});
  const map = '/api/v1/namespaces/cron-seldon/configmaps/seldon-usage';
  for (const times of [1, 2]) {
    const {code, said} = await ended(host);
    assert.is(code, 0, said);
    assert.is(receiver.bodies.length, times, said);
  }
  // A new pod has a new volume.
  const {objects} = print(
    `send --url ${receiver.url} --namespace cron --name cron --seldon-namespace cron-seldon --allow-http`,
  );
  const port = Number(new URL(receiver.url).port);
  const another = await podHost(server, 'cron', podOf(objects), {reach: {[port]: port}});
  assert.is((await ended(another)).code, 0);
  const {body} = await server.request('GET', map);
  const ids = receiver.bodies.map((bytes) => JSON.parse(String(bytes)).clusterID);
  assert.equal(ids, Array(3).fill(body.data['cluster-id']));
  assert.is(JSON.parse(String(receiver.bodies[0])).nodes.length, 2);

  await server.request('PUT', map, {...body, data: {...body.data, reporting: 'never'}});
  const {code, said} = await ended(host);
  assert.is(code, 6, said);
  assert.match(said, 'The cluster forbids reporting');
  assert.is(receiver.bodies.length, 3);
  host.close();
  another.close();
  await receiver.close();
});

inPod('a Deployment’s pod stays, and ends when it is told to', async () => {
  const receiver = await startReceiver();
  const [server, host] = await prepared('stays', '--period 24h', {port: Number(new URL(receiver.url).port)});
  const child = host.start();
  const close = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({input: child.stderr!})) {
    lines.push(line);
    if (/ next: /.test(line)) break;
  }
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  for (const said of [/^Uid:(\t65532){4}$/m, /^Gid:(\t65532){4}$/m, /^CapEff:\t0+$/m, /^NoNewPrivs:\t1$/m])
    assert.match(status, said);
  for (const kind of ['user', 'mnt', 'net'])
    assert.is.not(readlinkSync(`/proc/${child.pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`));
  child.kill('SIGTERM');
  assert.equal(await close, [0, null], lines.join('\n'));
  const {body} = await server.request('GET', '/api/v1/namespaces/stays-seldon/configmaps/seldon-usage');
  assert.is(JSON.parse(String(receiver.bodies[0])).clusterID, body.data['cluster-id']);
  host.close();
  await receiver.close();
});

inPod('a no that is there before sends nothing', async () => {
  const receiver = await startReceiver();
  const [server, host] = await prepared('no', '', {port: Number(new URL(receiver.url).port)});
  const path = '/api/v1/namespaces/kube-system/configmaps';
  await server.request('POST', path, {metadata: {name: 'seldon-usage'}, data: {reporting: ''}});
  const {code, said} = await ended(host);
  await server.request('DELETE', `${path}/seldon-usage`);
  assert.is(code, 6, said);
  assert.equal(receiver.headers, []);
  host.close();
  await receiver.close();
});
inPod('what was agreed to stays on a volume: a wider report is refused until the volume is another', async () => {
  const receiver = await startReceiver();
  const port = Number(new URL(receiver.url).port);
  const [server, host] = await prepared('agreed', '--state-storage 1Gi --omit nodes.osImage', {port});
  assert.is((await ended(host)).code, 0);
  const flags = '--namespace agreed --name agreed --seldon-namespace agreed-seldon --allow-http --state-storage 1Gi';
  const wider = podOf(print(`send --url ${receiver.url} ${flags}`).objects);
  const refused = await ended(host, wider);
  assert.is(refused.code, 6, refused.said);
  assert.match(refused.said, '--accept-wider');
  const another = await podHost(server, 'agreed', wider, {reach: {[port]: port}});
  assert.is((await ended(another)).code, 0);
  const [first, second] = receiver.bodies.map((bytes) => JSON.parse(String(bytes)).nodes[0]);
  assert.not('osImage' in first);
  assert.ok('osImage' in second);
  assert.is(receiver.bodies.length, 2);
  host.close();
  another.close();
  await receiver.close();
});

/** What is answered behind a socket of a pod; whom its certificate names is not looked at, as kubelets don't. */
async function asked(socketPath: string, path: string, token?: string): Promise<{status: number; text: string}> {
  const headers = token ? {authorization: `Bearer ${token}`} : {};
  const [answer] = await once(request({socketPath, path, headers, rejectUnauthorized: false}).end(), 'response');
  return {status: answer.statusCode, text: (await answer.toArray()).join('')};
}

async function postTo(socketPath: string, report: string): Promise<void> {
  const headers = {'Content-Type': 'application/json'};
  const posted = plainRequest({socketPath, path: '/api/v1', method: 'POST', headers}).end(report);
  const [answer] = await once(posted, 'response');
  assert.is(answer.resume().statusCode, 204);
}

/** Starts a collector's pod and resolves when it says where it listens. */
async function serving(host: PodHost): Promise<ChildProcess> {
  const child = host.start();
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (said += chunk));
  const died = once(child, 'close').then(() => assert.unreachable(said));
  while (!/8080[\s\S]*9090/.test(said)) await Promise.race([once(child.stdout!, 'data'), died]);
  died.catch(() => {});
  return child;
}

inPod('a pod of serve takes over TLS what a pod of send sends, and keeps it over a restart', async () => {
  const server = await sharedApiserver();
  await createNodes(server, 2);
  await namespaces(server, 'pair-seldon');
  const serve = print('serve --namespace pair --name pair-serve --tls-secret tls --admin-token-secret token');
  const flags = '--namespace pair --name pair-send --seldon-namespace pair-seldon --ca-config-map ca';
  const send = print(`send --url https://127.0.0.1:8080 ${flags}`);
  await apply(server, serve.yaml);
  await apply(server, send.yaml);
  const {cert, key} = await server.authority.server();
  const place = '/api/v1/namespaces/pair';
  const token = 'a-token-of-the-dashboard';
  await server.request('POST', `${place}/secrets`, {
    metadata: {name: 'tls'},
    type: 'kubernetes.io/tls',
    stringData: {'tls.crt': cert, 'tls.key': key},
  });
  await server.request('POST', `${place}/secrets`, {metadata: {name: 'token'}, stringData: {token}});
  await server.request('POST', `${place}/configmaps`, {metadata: {name: 'ca'}, data: {'ca.crt': server.ca}});
  const collector = await podHost(server, 'pair', podOf(serve.objects), {serve: [8080, 9090]});
  const sender = await podHost(server, 'pair', podOf(send.objects), {reach: {8080: collector.socketOf(8080)}});
  for (const _ of [1, 2]) {
    const child = await serving(collector);
    assert.is((await asked(collector.socketOf(8080), '/healthz')).status, 200);
    assert.is((await asked(collector.socketOf(9090), '/metrics')).status, 401);
    const {code, said} = await ended(sender);
    assert.is(code, 0, said);
    const {text} = await asked(collector.socketOf(9090), '/metrics', token);
    assert.match(text, /^seldon_usage_/m);
    await eventually(async () => {
      const query = '/api/v1/stats?series=active&grain=day&min-cell=1';
      const stats = await asked(collector.socketOf(9090), query, token);
      return JSON.parse(stats.text).series[0].values[0].data.at(-1) === 1;
    });
    child.kill('SIGTERM');
    assert.equal(await once(child, 'close'), [0, null]);
  }
  collector.close();
  sender.close();
});
inPod('a pod of serve passes reports on to a collector whose authority only the ConfigMap knows', async () => {
  const server = await sharedApiserver();
  const {cert, key} = await server.authority.server();
  const files = ['also.crt', 'also.key'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(files[0], cert);
  writeFileSync(files[1], key);
  const sink = await startProgram(join(folder, 'also.db'), ['--tls-cert', files[0], '--tls-key', files[1]]);
  const flags = '--namespace also --name also --ca-config-map ca';
  const {yaml, objects} = print(`serve --also https://127.0.0.1:${sink.port} ${flags}`);
  await apply(server, yaml);
  const ca = {metadata: {name: 'ca'}, data: {'ca.crt': server.ca}};
  await server.request('POST', '/api/v1/namespaces/also/configmaps', ca);
  const reach = {[sink.port]: sink.port};
  const host = await podHost(server, 'also', podOf(objects), {serve: [8080], reach});
  const child = await serving(host);
  await postTo(host.socketOf(8080), reportOf(1));
  const {clusterID} = JSON.parse(reportOf(1));
  await eventually(() =>
    run(['serve', 'clusters', '--json', '--store', `sqlite:${folder}/also.db`]).stdout.includes(clusterID),
  );
  child.kill('SIGTERM');
  await once(child, 'close');
  host.close();
  await sink.stop();
});

/** The program's words in the lines of the guide that run it in a pod. */
const guide = readFileSync(join(import.meta.dirname, '../../docs/in-the-cluster.md'), 'utf8');
const [exported, imported, restored] = [
  ...guide.matchAll(/^kubectl exec .* \/app\/bin\/run\.js ([^<>\n]*\w|[^<>\n]*-)/gm),
].map(([, words = '']) => words.trim().split(' '));

inPod(
  'a store is taken out of a pod, and put back into one that holds another, by the lines of the guide',
  async () => {
    const server = await sharedApiserver();
    const {yaml, objects} = print('serve --namespace back --name back');
    await apply(server, yaml);
    const pod = podOf(objects);
    const running = (args: readonly string[] | undefined): PodLike => ({
      ...pod,
      spec: {...pod.spec, containers: [{...pod.spec.containers[0]!, args: args!}]},
    });
    const [first, second] = [
      await podHost(server, 'back', pod, {serve: [8080]}),
      await podHost(server, 'back', pod, {serve: [8080]}),
    ];
    const ids = [reportOf(1), reportOf(2)].map((body) => JSON.parse(body).clusterID as string);
    for (const [i, host] of [first, second].entries()) {
      const child = await serving(host);
      await postTo(host.socketOf(8080), reportOf(i + 1));
      // Beside the one that serves, as kubectl exec does it.
      if (host === first) writeFileSync(join(folder, 'back.ndjson'), (await ended(first, running(exported))).said);
      child.kill('SIGTERM');
      await once(child, 'close');
    }

    writeFileSync(join(folder, 'hold.yaml'), /^```yaml\n(spec:[\s\S]*?)^```$/m.exec(guide)![1]!);
    await kubectl(server, ['patch', 'statefulset', 'back', '-n', 'back', '--patch-file', join(folder, 'hold.yaml')]);
    const {body} = await server.request('GET', '/apis/apps/v1/namespaces/back/statefulsets/back');
    const [held] = body.spec.template.spec.containers;
    assert.is(held.command.length, 3);
    assert.not(held.livenessProbe ?? held.startupProbe ?? held.readinessProbe);
    assert.is(held.volumeMounts.length, pod.spec.containers[0]!.volumeMounts.length);

    const input = readFileSync(join(folder, 'back.ndjson'), 'utf8');
    const took = await ended(second, running(imported), input);
    assert.is(took.code, 0, took.said);
    const put = await ended(second, running(restored));
    assert.is(put.code, 0, put.said);
    const known = await ended(second, running(['serve', 'clusters', '--json']));
    assert.match(known.said, ids[0]!);
    assert.not.match(known.said, ids[1]!);
    first.close();
    second.close();
  },
);
pods.run();
