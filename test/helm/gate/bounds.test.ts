// Another program of this machine finds the gate's port, or a chart has Helm ask without end: what that takes has a bound,
// and Helm is answered all the same.
import {once} from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Turns, usualBounds} from '../../../src/helm/gate/bounds.ts';
import {type Gate, openGate} from '../../../src/helm/gate/gate.ts';
import {type FakeCluster, fakeCluster, fakeRelease, permitted} from './fake-cluster.ts';

interface Place {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly ca: string;
  readonly token: string;
}

interface Context {
  cluster: FakeCluster;
  /** Ended with the test. */
  gates: Gate[];
  sockets: net.Socket[];
  open(limits?: Parameters<typeof openGate>[2]): Promise<Place>;
  /** A connection that says nothing, or not yet. */
  connect(place: Place, encrypted?: boolean): Promise<net.Socket>;
}

const test = suite<Context>('bounds of the gate');
test.before.each((context) => {
  Object.assign(context, {cluster: fakeCluster(), gates: [], sockets: []});
  context.open = async (limits) => {
    const gate = await openGate(context.cluster.connection, fakeRelease(), limits);
    context.gates.push(gate);
    gate.admit({permitted: async () => permitted('created'), checkRecord: () => []});
    const {clusters, users} = JSON.parse(gate.kubeconfig('c', 'seldon'));
    const {server, 'certificate-authority-data': data} = clusters[0].cluster;
    const ca = Buffer.from(data, 'base64').toString();
    return {host: '127.0.0.1', port: Number(new URL(server).port), ca, token: users[0].user.token};
  };
  context.connect = async (place, encrypted = false) => {
    const socket = encrypted ? tls.connect(place) : net.connect(place);
    context.sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, encrypted ? 'secureConnect' : 'connect');
    return socket;
  };
});
test.after.each(({gates, sockets}) => {
  for (const socket of sockets) socket.destroy();
  for (const gate of gates) gate.close();
});

const get = (path: string, token: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`;

/** Asks on a connection that stays; the status. */
async function ask(socket: net.Socket, {token}: Place): Promise<string> {
  const answered = once(socket, 'data');
  socket.write(get('/version', token));
  return /^HTTP\/1.1 (\d+)/.exec(String((await answered)[0]))?.[1] ?? '';
}

const isOpen = (socket: net.Socket) => !socket.destroyed;
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

for (const encrypted of [false, true])
  test(`strangers ${encrypted ? 'behind a handshake' : 'that say nothing'}: the oldest makes way, and Helm comes in`, async ({
    open,
    connect,
  }) => {
    const place = await open({strangers: 8});
    const helm = await connect(place, true);
    assert.is(await ask(helm, place), '200');
    const strangers: net.Socket[] = [];
    for (let i = 0; i < 40; i++) strangers.push(await connect(place, encrypted));
    for (const socket of strangers) socket.resume();
    await until(() => strangers.filter(isOpen).length <= 8);
    assert.equal(strangers.map(isOpen), [...Array(32).fill(false), ...Array(8).fill(true)]);
    // The connection that has shown the token is still there, and a new one is no stranger for long.
    assert.is(await ask(helm, place), '200');
    const another = await connect(place, true);
    assert.is(await ask(another, place), '200');
    for (let i = 0; i < 40; i++) strangers.push(await connect(place, encrypted));
    assert.is(await ask(another, place), '200');
    assert.is(await ask(helm, place), '200');
  });

test('the usual bounds hold, with a thousand connections from elsewhere on this machine', async ({open, connect}) => {
  const place = await open();
  const strangers: net.Socket[] = [];
  for (let i = 0; i < 1000; i++) strangers.push((await connect(place)).resume());
  const helm = await connect(place, true);
  assert.is(await ask(helm, place), '200');
  await until(() => strangers.filter(isOpen).length <= usualBounds.strangers);
});

test('connections with the token have a bound too', async ({open, connect}) => {
  const place = await open({connections: 4});
  const all: net.Socket[] = [];
  for (let i = 0; i < 4; i++) {
    const socket = await connect(place, true);
    assert.is(await ask(socket, place), '200');
    all.push(socket);
  }
  const more = (await connect(place)).resume();
  await once(more, 'close');
  for (const socket of all) assert.is(await ask(socket, place), '200');
});

test('who asks without the token is read no further', async ({open, connect}) => {
  const place = await open();
  const socket = await connect(place, true);
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  const closed = once(socket, 'close');
  socket.write(`POST /version HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`);
  await closed;
  assert.match(said, /^HTTP\/1.1 401/);
});

test('of many requests at once some are worked on, and all are answered', async ({open, connect, cluster}) => {
  const place = await open({asks: 2});
  const {request} = cluster.connection;
  let [atWork, most] = [0, 0];
  const goOn: (() => void)[] = [];
  cluster.connection.request = async (...args) => {
    most = Math.max(most, ++atWork);
    await new Promise<void>((resolve) => goOn.push(resolve));
    atWork--;
    return request(...args);
  };
  const sockets = await Promise.all(Array.from({length: 12}, () => connect(place, true)));
  const answers = sockets.map((socket) => ask(socket, place));
  const all = Promise.all(answers);
  let done = false;
  void all.then(() => {
    done = true;
  });
  while (!done) {
    goOn.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await all, Array(12).fill('200'));
  assert.is(most, 2);
});

test('turns are taken in the order of asking, and one that fails gives its turn back', async () => {
  const turns = new Turns(1);
  const order: number[] = [];
  const work = (number: number) => async () => {
    order.push(number);
    await Promise.resolve();
    if (number === 1) throw new Error('fails');
  };
  const outcomes = await Promise.allSettled([0, 1, 2, 3].map((number) => turns.take(work(number))));
  assert.equal(
    outcomes.map(({status}) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.equal(order, [0, 1, 2, 3]);
});

test.run();
