// A server that sends a byte now and then holds up nobody for ever: neither who waits for it alone, nor the other clusters.
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import type {ServerResponse} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Allowance, amongOthers, Patience} from '../../../src/cluster/connection/allowance.ts';
import {open} from '../../../src/cluster/connection/connect.ts';
import {tooLong} from '../../../src/cluster/connection/failures.ts';
import {getJson} from '../../../src/cluster/connection/request.ts';
import {resolveTarget} from '../../../src/cluster/connection/resolve-target.ts';
import {serverOf} from '../../../src/cluster/connection/server-url.ts';
import {type TransportOptions, transport} from '../../../src/cluster/connection/transport.ts';
import {readNodes} from '../../../src/cluster/nodes.ts';
import {UserError} from '../../../src/errors.ts';
import {overFleet} from '../../../src/operations/fleet.ts';
import {withConnections} from '../../../src/operations/with-connection.ts';
import {startScripted} from '../../rig/scripted.ts';
import {bareSurroundings, failure, kubeconfigOf, withScripted} from './connecting.ts';
import {exec, freshPath, v1} from './plugins.ts';

const over = () => new UserError('cluster', 'over');

/** Begins an answer, and goes on a byte at a time until nobody listens. */
async function trickle(response: ServerResponse, begin = '{"items": [', type = 'application/json'): Promise<void> {
  response.writeHead(200, {'content-type': type});
  response.write(begin);
  while (!response.destroyed) {
    response.write(' ');
    await sleep(5, undefined, {ref: false});
  }
}

/** A patience by a clock of the test; `ended` resolves once it ends what waits. */
function patient(allowance: Allowance) {
  let now = 0;
  const patience = new Patience(allowance, over, () => now);
  const begin = (received = () => 0) => {
    let isOver = false;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const stop = () => {
      isOver = true;
      end();
    };
    const done = patience.begin({received, end: stop});
    return {done, ended, isOver: () => isOver};
  };
  const pass = async (milliseconds: number) => {
    now += milliseconds;
    // Its timers have rung by then, whatever they find on the clock.
    await sleep(20);
  };
  return {patience, begin, pass};
}
const allowance = {least: 10, bytesPerSecond: 1000, most: 100};

test('only the time counts in which something waits, all of it together', async () => {
  const {patience, begin, pass} = patient(allowance);
  const first = begin();
  await pass(6);
  first.done();
  await pass(1000);
  patience.require();
  const [second, third] = [begin(), begin()];
  await pass(3);
  assert.not.ok(second.isOver());
  second.done();
  await pass(2);
  await third.ended;
  assert.not.ok(first.isOver() || second.isOver());
  assert.throws(() => patience.require(), /over/);
});

test('what comes gives it time, up to a bound', async () => {
  const {begin, pass} = patient(allowance);
  let bytes = 0;
  const one = begin(() => bytes);
  bytes = 50;
  await pass(59);
  assert.not.ok(one.isOver());
  bytes = 1_000_000;
  await pass(40);
  assert.not.ok(one.isOver());
  await pass(2);
  await one.ended;
});

test('once it is lifted it has no end', async () => {
  const {patience, begin, pass} = patient(allowance);
  const one = begin();
  patience.lift();
  await pass(1_000_000);
  assert.not.ok(one.isOver());
  patience.require();
  one.done();
});

const brief = {allowance: {least: 100, bytesPerSecond: 1_000_000, most: 1000}};

test('an answer without end is ended, told, and not asked for again', () =>
  withScripted(
    {'/x': (_, response) => trickle(response)},
    async (connection, {requests}) => {
      const error = await failure(getJson(connection, '/x'));
      assert.is(error.code, 'cluster');
      assert.match(error.message, /took too long\. Beside other clusters and with --period it has five minutes, /);
      assert.match(error.suggestions!.join('\n'), /show --context scripted$/);
      assert.is((await failure(getJson(connection, '/x'))).message, error.message);
      // Not even once where this machine took all of the time.
      assert.ok(requests.length <= 1, `${requests.length} requests`);
    },
    brief,
  ));

test('who waits in a pod of the cluster is shown no context, which there is none of', () => {
  const {suggestions} = tooLong({server: 'https://10.0.0.1', context: 'in-cluster'});
  assert.match(suggestions!.join('\n'), /seldon-usage show$/);
});

test('so is a list of nodes', () =>
  withScripted(
    {'/api/v1/nodes': (_, response) => trickle(response, '{"kind":"NodeList","items":[')},
    async (connection, {requests}) => {
      assert.match((await failure(readNodes(connection, {start() {}, node() {}}))).message, /took too long/);
      assert.ok(requests.length <= 1, `${requests.length} requests`);
    },
    brief,
  ));

test('a wait that the server asks for is its time too', async () => {
  const {url, ca, close} = await startScripted({routes: {'*': {status: 429, headers: {'retry-after': '50'}}}});
  try {
    await withConnections(bareSurroundings(), async (connections) => {
      const connection = await connections.to({kubeconfig: kubeconfigOf({url, ca}), ...brief});
      assert.match((await failure(getJson(connection, '/x'))).message, /took too long/);
    });
  } finally {
    await close();
  }
});

test('the time in which a plugin waits for a person, also after a 401, is not the server’s', async () => {
  const [asked, answered] = [freshPath('asked'), freshPath('answered')];
  const status = (token: string) =>
    `echo '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"${token}"}}'`;
  // The first time it answers at once, the second time when somebody has logged in.
  const script = `if mkdir ${asked}.first 2>/dev/null; then ${status('old')}; exit; fi
    : > ${asked}; while [ ! -e ${answered} ]; do sleep 0.05; done; ${status('new')}`;
  const {url, ca, close} = await startScripted({
    routes: {
      '*': ({headers}, response) => {
        const isKnown = headers.authorization === 'Bearer new';
        // More than is at hand with the headers.
        response.writeHead(isKnown ? 200 : 401).end(isKnown ? '{}' : ' '.repeat(32 * 1024));
      },
    },
  });
  const options = {kubeconfig: kubeconfigOf({url, ca}, {exec: exec(script)})};
  const around = bareSurroundings({PATH: process.env.PATH});
  let now = 0;
  const patience = new Patience({...amongOthers, bytesPerSecond: 1e12}, over, () => now);
  const connection = open(resolveTarget(options, around), options, around, patience);
  try {
    const answer = getJson(connection, '/x');
    while (!existsSync(asked)) await sleep(10);
    now += 10 * amongOthers.least;
    // What waited all the while would be over now that it is looked again.
    const done = patience.begin({received: () => 0, end: () => {}});
    await sleep(20);
    done();
    writeFileSync(answered, '');
    assert.equal(await answer, {});
  } finally {
    connection.close();
    await close();
  }
});

test('of several clusters it fails alone', async () => {
  const {url, ca, close} = await startScripted({routes: {'*': (_, response) => trickle(response)}});
  try {
    const kubeconfig = kubeconfigOf({url, ca});
    const {contexts, ...rest} = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const both = ['slow', 'quick'].map((name) => ({name, context: contexts[0].context}));
    writeFileSync(kubeconfig, JSON.stringify({...rest, contexts: both}));
    await withConnections(bareSurroundings(), async (connections) => {
      const work = async (connection: Parameters<typeof getJson>[0]) =>
        connection.context === 'slow' ? getJson(connection, '/x') : 'done';
      const members = await overFleet(['slow', 'quick'], {kubeconfig, ...brief}, connections, work, {
        tells: () => ({}),
      });
      assert.match((members[0]!.error as UserError).message, /took too long/);
      assert.is(members[1]!.result, 'done');
    });
  } finally {
    await close();
  }
});

async function by(url: string, more: Partial<TransportOptions>, work: (body: Promise<string>) => Promise<void>) {
  const server = serverOf({cluster: {server: url}} as Parameters<typeof serverOf>[0]);
  const where = {server: url, context: 'c'};
  const patience = new Patience(undefined, over);
  const way = transport(server, {}, {authority: '', proxy: undefined, timeout: 0, env: {}, where, patience, ...more});
  try {
    const response = await way.send('/x', {method: 'GET', headers: {}}, {headers: {}});
    await work(
      (async () => {
        let text = '';
        for await (const chunk of response) text += chunk;
        return text;
      })(),
    );
  } finally {
    way.close();
  }
}

test('an answer that hardly comes on is ended also for who waits for it alone', async () => {
  const {url, close} = await startScripted({tls: false, routes: {'*': (_, response) => trickle(response)}});
  try {
    await by(url, {pace: {bytes: 16_384, window: 1000}}, async (body) => {
      const {code, message} = await failure(body);
      assert.equal([code, message], ['cluster', `The API server ${url} sends less than 16 KiB in 1 s.`]);
    });
  } finally {
    await close();
  }
});

test('one that comes on is not, however long it takes', async () => {
  const piece = 'x'.repeat(64 * 1024);
  // Some windows long, and more than is asked for in each that this process was not held up in.
  const chunks = Array.from({length: 120}, () => [piece, 10]).flat();
  const {url, close} = await startScripted({tls: false, routes: {'*': {chunks}}});
  try {
    await by(url, {pace: {bytes: 1, window: 1000}}, async (body) => {
      assert.is((await body).length, 120 * piece.length);
    });
  } finally {
    await close();
  }
});

test('what waits behind others for a connection is not sent, and its time is not the server’s', async () => {
  const held: ServerResponse[] = [];
  const {url, requests, close} = await startScripted({
    tls: false,
    routes: {'*': (_, response) => void held.push(response)},
  });
  const server = serverOf({cluster: {server: url}} as Parameters<typeof serverOf>[0]);
  const patience = new Patience(undefined, over);
  let begun = 0;
  const begin = patience.begin.bind(patience);
  patience.begin = (waiting) => {
    begun++;
    return begin(waiting);
  };
  const how = {authority: '', proxy: undefined, timeout: 0, env: {}, where: {server: url, context: 'c'}, patience};
  const way = transport(server, {}, {...how, sockets: 3});
  const ask = async (path: string) => {
    const response = await way.send(path, {method: 'GET', headers: {}}, {headers: {}});
    response.resume();
    return response.statusCode;
  };
  const paths = () => requests.map(({path}) => path);
  try {
    const all = Promise.allSettled(['/1', '/2', '/3', '/4', '/5'].map(ask));
    while (held.length < 3) await sleep(5);
    assert.equal([begun, paths().toSorted()], [3, ['/1', '/2', '/3']]);
    held[0]!.end();
    while (held.length < 4) await sleep(5);
    assert.equal([begun, paths().at(-1)], [4, '/4']);
    // Its turn comes too where one before it fails.
    held[1]!.destroy();
    while (held.length < 5) await sleep(5);
    assert.equal([begun, paths().at(-1)], [5, '/5']);
    for (const response of held.slice(2)) response.end();
    assert.is((await all).filter(({status}) => status === 'fulfilled').length, 4);
    // Nothing is begun any more once all ends.
    const last = Promise.allSettled(['/6', '/7', '/8', '/9'].map(ask));
    while (held.length < 8) await sleep(5);
    way.close();
    assert.equal(
      (await last).map(({status}) => status),
      Array(4).fill('rejected'),
    );
    assert.is(begun, 8);
  } finally {
    way.close();
    await close();
  }
});

test.run();
