// Sending reports that are ready: a file, several destinations, what waits, what supersedes it, and what is written where.
import {spawn} from 'node:child_process';
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {lockRecord} from '../../src/delivery/lock.ts';
import {moveToSent} from '../../src/delivery/outbox.ts';
import {readWaiting, type Waiting} from '../../src/delivery/waiting.ts';
import type {UserError} from '../../src/errors.ts';
import {tryLock} from '../../src/host/kernel-lock.ts';
import {requireDelivered} from '../../src/operations/delivered.ts';
import {history, historyBytes} from '../../src/operations/history.ts';
import {type Preview, send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {type Sandbox, sampleReport, sandbox} from '../delivery/sandbox.ts';
import {type Route, type Scripted, startScripted} from '../rig/scripted.ts';

const pending = {yes: true, allowHttp: false, timeout: 20_000};
const secret = 'hunter2-secret';

/** Runs a test with a user and a collector that answers by the route. */
async function withCollector(route: Route, work: (user: Sandbox, collector: Scripted) => Promise<void>): Promise<void> {
  const user = sandbox();
  const collector = await startScripted({tls: false, routes: {'*': route}});
  try {
    await work(user, collector);
  } finally {
    await collector.close();
    user.remove();
  }
}

async function refusal(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

function states(user: Sandbox): string[] {
  return history(undefined, user.around).entries.map(({state}) => state);
}

test('what a run left that was ended after the answer is finished, also where nothing waits', () =>
  withCollector({status: 503}, async (user, {url}) => {
    await send(user.options({urls: [`${url}?key=${secret}`], timeout: 1}), user.around);
    const [{id}] = readWaiting(user.folder) as [Waiting];
    moveToSent(user.folder, id);
    lockRecord(user.folder, id)![Symbol.dispose]();
    await sendPending(pending, user.around, {});
    assert.equal([user.list('waiting'), states(user)], [[], ['delivered']]);
    assert.is(user.ledger().at(-1)!.recovered, true);
  }));

test('who finds nothing to send waits for nobody who is at work there, and leaves what is left to them', () =>
  withCollector({status: 503}, async (user, {url}) => {
    await send(user.options({urls: [url], timeout: 1}), user.around);
    const [{id}] = readWaiting(user.folder) as [Waiting];
    moveToSent(user.folder, id);
    const atWork = tryLock(join(user.folder, 'lock'))!;
    let isDone = false;
    // Whoever waits for the lock has it only once it was let go here.
    const done = sendPending({...pending, timeout: 600_000}, user.around, {}).then(() => (isDone = true));
    await Promise.race([done, sleep(10_000, undefined, {ref: false})]);
    const left = user.list('waiting');
    atWork[Symbol.dispose]();
    assert.equal([isDone, left], [true, [`${id}.json`]]);
    await sendPending(pending, user.around, {});
    assert.equal([user.list('waiting'), states(user)], [[], ['delivered']]);
  }));

test('a file is posted as show --json prints it, and no cluster is contacted', async () => {
  const user = sandbox();
  const receiver = await startReceiver();
  try {
    await send(user.options({urls: [receiver.url]}), user.around);
    assert.equal(receiver.bodies.map(String), [user.bytes]);
    assert.is(history(undefined, user.around).entries[0]!.context, undefined);
  } finally {
    await receiver.close();
    user.remove();
  }
});

const badFiles: Record<string, [content: string, says: RegExp]> = {
  'no JSON': ['{', /is not JSON/],
  'a field that is none': [JSON.stringify({...sampleReport(1), hostname: 'x'}), /not a valid report/],
  'an ID that is a name': [JSON.stringify({...sampleReport(1), clusterID: 'acme'}), /is not a UUID/],
  'a list': ['[]', /not a valid report/],
};
for (const [name, [content, says]] of Object.entries(badFiles)) {
  test(`a file is checked again: ${name}`, () =>
    withCollector({status: 204}, async (user, {url, requests}) => {
      writeFileSync(user.reportFile, content);
      const error = await refusal(send(user.options({urls: [url]}), user.around));
      assert.is(error.code, 'input');
      assert.match(error.message, says);
      assert.equal(requests, []);
    }));
}

test('each destination has its own outcome, and any failure is one of the whole', () =>
  withCollector({status: 204}, async (user, {url, requests}) => {
    const failing = await startScripted({tls: false, routes: {'*': {status: 301, body: 'no'}}});
    const urls = [`${url}/a?key=${secret}`, `${failing.url}/b?key=${secret}`, `${url}/a?key=${secret}`];
    const {outcomes} = await send(user.options({urls}), user.around);
    await failing.close();
    assert.equal(
      outcomes!.map(({delivery}) => delivery.delivered),
      [true, false],
    );
    assert.is(requests.length, 1);
    assert.equal(requests[0]!.query, {key: secret});
    assert.is((await refusal((async () => requireDelivered(outcomes!))())).code, 'delivery');
    assert.equal(states(user).sort(), ['delivered', 'waiting']);
    assert.equal(
      user.list('sent').map((name) => user.read('sent', name)),
      [user.bytes],
    );
    assert.equal(
      user.list('outbox').map((name) => user.read('outbox', name)),
      [user.bytes],
    );
    assert.not.match(JSON.stringify([user.ledger(), history(undefined, user.around)]), secret);
    // Of what was delivered, nothing but the bytes and the ledger is kept.
    assert.is(user.list('waiting').length, 1);
  }));

test('what waits is sent as it is, once, to where it was meant to go', () =>
  withCollector([{status: 301}, {status: 204}], async (user, {url, requests}) => {
    await send(user.options({urls: [`${url}/p?key=${secret}`]}), user.around);
    const [id] = user.list('outbox');
    writeFileSync(user.reportFile, 'gone');
    const {outcomes} = await sendPending(pending, user.around, {});
    assert.equal(
      outcomes.map(({delivery}) => delivery.delivered),
      [true],
    );
    assert.equal(
      requests.map(({path, query, body}) => [path, query.key, body === user.bytes]),
      [
        ['/p', secret, true],
        ['/p', secret, true],
      ],
    );
    assert.equal(user.list('sent'), [id]);
    assert.equal(await sendPending(pending, user.around, {}), {outcomes: [], held: []});
    assert.equal(states(user), ['delivered']);
  }));

test('what waits needs consent like anything else', () =>
  withCollector({status: 301}, async (user, {url, requests}) => {
    await send(user.options({urls: [url]}), user.around);
    const asked = {...pending, yes: false};
    assert.is((await refusal(sendPending(asked, user.around, {}))).code, 'consent');
    assert.is((await refusal(sendPending(asked, user.around, {agree: async () => false}))).code, 'consent');
    const off = {...user.around, env: {DO_NOT_TRACK: '1'}};
    assert.is((await refusal(sendPending(pending, off, {}))).code, 'consent');
    assert.is(requests.length, 1);
    const seen: string[] = [];
    await sendPending(asked, user.around, {agree: async (waiting) => waiting.every(({id}) => seen.push(id))});
    assert.is(requests.length, 2);
    assert.equal(
      seen.map((id) => `${id}.json`),
      user.list('outbox'),
    );
  }));

test('what waits and was changed is not sent, and holds up no other', () =>
  withCollector([{status: 301}, {status: 301}, {status: 204}], async (user, {url, requests}) => {
    const put = async (path: string) => {
      const {outcomes} = await send(user.options({urls: [url + path]}), user.around);
      return `${outcomes![0]!.waiting.id}.json`;
    };
    const [changed, other] = [await put('/a'), await put('/b')];
    writeFileSync(join(user.folder, 'outbox', changed), user.bytes.replace('aws', 'gce'));
    const {outcomes} = await sendPending(pending, user.around, {});
    const told = outcomes.map(({delivery}) => (delivery.delivered ? 'delivered' : delivery.reason)).sort();
    assert.match(told.join(), /^delivered,was sent nothing: .* not the one that was agreed to$/);
    assert.equal(
      requests.map(({path}) => path),
      ['/a', '/b', '/b'],
    );
    assert.equal([user.list('outbox'), user.list('sent')], [[changed], [other]]);
    assert.not.ok(user.ledger().at(-1)!.uncertain);
  }));

test('a record that was changed while the question stood leads nowhere else', () =>
  withCollector([{status: 301}, {status: 204}], async (user, {url, requests}) => {
    const other = await startScripted({tls: false, routes: {'*': {status: 204}}});
    await send(user.options({urls: [url]}), user.around);
    const path = join(user.folder, 'waiting', user.list('waiting')[0]!);
    const redirect = async () => {
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(url, other.url));
      return true;
    };
    const {outcomes} = await sendPending({...pending, yes: false}, user.around, {agree: redirect});
    await other.close();
    assert.ok(outcomes[0]!.delivery.delivered);
    assert.equal([requests.length, other.requests.length], [2, 0]);
    assert.match(user.ledger().at(-1)!.destination, new RegExp(`^${url}`));
  }));

test('the next report for the same cluster and destination supersedes what waits; others stay', () =>
  withCollector([{status: 301}, {status: 301}, {status: 204}], async (user, {url}) => {
    const to = (path: string) => send(user.options({urls: [url + path]}), user.around);
    const first = (await to('/a')).outcomes![0]!.waiting.id;
    const other = (await to('/b')).outcomes![0]!.waiting.id;
    const next = (await to('/a')).outcomes![0]!.waiting.id;
    const entries = new Map(history(undefined, user.around).entries.map((entry) => [entry.id, entry]));
    assert.equal([entries.get(first)!.state, entries.get(first)!.by], ['superseded', next]);
    assert.is(entries.get(other)!.state, 'waiting');
    assert.is(entries.get(next)!.state, 'delivered');
    assert.equal(user.list('superseded'), [`${first}.json`]);
    // What left is kept, also where it was in vain.
    assert.is(String(historyBytes(first, undefined, user.around)), user.bytes);
    assert.is(String(historyBytes(next.slice(-6), undefined, user.around)), user.bytes);
    assert.is((await refusal((async () => historyBytes('2', undefined, user.around))())).code, 'usage');
    assert.is((await refusal((async () => historyBytes('nothing', undefined, user.around))())).code, 'usage');
  }));

test('files are 0600, folders 0700', () =>
  withCollector([{status: 204}, {status: 301}], async (user, {url}) => {
    await send(user.options({urls: [url]}), user.around);
    await send(user.options({urls: [url]}), user.around);
    const modes = readdirSync(user.folder, {recursive: true, withFileTypes: true}).map((entry) => {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      return mode === (entry.isDirectory() ? 0o700 : 0o600) ? '' : `${entry.name} ${mode.toString(8)}`;
    });
    assert.ok(modes.length > 8);
    assert.equal(modes.join(''), '');
    assert.is(statSync(user.folder).mode & 0o777, 0o700);
  }));

test('plain http needs --allow-http, and nothing is read before', async () => {
  const user = sandbox();
  const options = user.options({urls: ['http://collector.example'], file: '/nowhere'});
  const error = await refusal(send(options, user.around));
  assert.is(error.code, 'consent');
  assert.match(error.message, /whoever owns or overhears/);
  // The default is such a one.
  assert.is((await refusal(send({...options, url: undefined}, user.around))).code, 'consent');
  user.remove();
});

test('the destination comes from flag, variable, user file, default, in this order', async () => {
  const user = sandbox({SELDON_USAGE_URL: 'https://variable.example'});
  const of = async (urls: string[]): Promise<[string, Preview['origin']]> => {
    const {preview} = await send(user.options({urls, dryRun: true, allowHttp: true}), user.around);
    return [preview.destinations[0]!.name, preview.origin];
  };
  assert.equal(await of(['https://flag.example']), ['https://flag.example/api/v1', 'flag']);
  assert.equal(await of([]), ['https://variable.example/api/v1', 'variable']);
  user.remove();
});

test('many at once: every report arrives once, and the ledger has a line for each', async () => {
  const user = sandbox();
  const receiver = await startReceiver();
  const child = join(import.meta.dirname, '../delivery/crash-child.ts');
  const options = JSON.stringify({file: user.reportFile, urls: [receiver.url], home: user.around.home});
  try {
    const codes = await Promise.all(
      Array.from({length: 6}, async () => {
        const process_ = spawn(process.execPath, [...process.execArgv, child, options, '0'], {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: {},
        });
        return new Promise((resolve) => process_.once('close', resolve));
      }),
    );
    assert.equal(codes, [0, 0, 0, 0, 0, 0]);
    assert.is(receiver.bodies.length, 6);
    assert.equal(
      user.ledger().map(({outcome}) => outcome),
      new Array(6).fill('delivered'),
    );
    assert.is(new Set(user.ledger().map(({id}) => id)).size, 6);
    assert.is(user.list('sent').length, 6);
    assert.equal([user.list('outbox'), user.list('waiting')], [[], []]);
  } finally {
    await receiver.close();
    user.remove();
  }
});

test.run();
