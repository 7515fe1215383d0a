// A state directory that somebody else could write, or that is damaged: nothing outside of it is read, written, removed or
// posted, one bad record hides no other, and what is shown is clean.
import {execFileSync} from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {Chalk} from 'chalk';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {localID} from '../../src/cluster/local-id.ts';
import {readAgreed, writeAgreed} from '../../src/consent/agreed.ts';
import {claim, dispatch} from '../../src/delivery/dispatch.ts';
import {readLedger} from '../../src/delivery/ledger.ts';
import {withLock} from '../../src/delivery/lock.ts';
import {recover} from '../../src/delivery/recover.ts';
import {prepareState} from '../../src/delivery/state-folder.ts';
import {readWaiting} from '../../src/delivery/waiting.ts';
import type {UserError} from '../../src/errors.ts';
import {requireDelivered} from '../../src/operations/delivered.ts';
import {discard} from '../../src/operations/discard.ts';
import {history, historyBytes} from '../../src/operations/history.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {renderHistory} from '../../src/render/history.ts';
import {withScripted} from '../cluster/connection/connecting.ts';
import {startScripted} from '../rig/scripted.ts';
import {type Receiver, startReceiver} from './receiver.ts';
import {clusterID, type Sandbox, sandbox} from './sandbox.ts';

const test = suite('hostile state');

const sha256 = 'a'.repeat(64);
const good = {
  id: '20260101T000000Z-aaaaaa',
  time: '2026-01-01T00:00:00.000Z',
  destination: 'https://one.example/api/v1',
  clusterID,
  bytes: 3,
  sha256,
  consent: 'asked',
};
const goodLine = {...good, outcome: 'delivered'};

let user: Sandbox;
let receiver: Receiver;
const secret = () => join(user.around.home, 'secret.json');
const at = (...parts: string[]) => join(user.folder, ...parts);
const put = (path: string, text: string) => writeFileSync(at(path), text);
const fifo = (path: string) => execFileSync('mkfifo', [at(path)]);

test.before(async () => {
  receiver = await startReceiver();
});
test.after(() => receiver.close());
test.before.each(() => {
  user = sandbox();
  prepareState(user.folder);
  writeFileSync(secret(), 'SECRET');
});
test.after.each(() => user.remove());

const badLines: [what: string, line: string][] = [
  ['no JSON', '{"id":'],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[]'],
  ['an ID that leads out', JSON.stringify({...goodLine, id: '../../secret'})],
  ['an ID with an escape sequence', JSON.stringify({...goodLine, id: '\u001b[2Jx'})],
  ['an empty ID', JSON.stringify({...goodLine, id: ''})],
  ['no destination', JSON.stringify({...goodLine, destination: undefined})],
  ['a destination that is an object', JSON.stringify({...goodLine, destination: {}})],
  ['no time', JSON.stringify({...goodLine, time: undefined})],
  ['a time that is none', JSON.stringify({...goodLine, time: '\u001b[2J'})],
  ['a size that is none', JSON.stringify({...goodLine, bytes: 'many'})],
  ['a hash that is none', JSON.stringify({...goodLine, sha256: 'x'})],
  ['a consent of its own', JSON.stringify({...goodLine, consent: '\u001b]0;x\u0007'})],
  ['an outcome of its own', JSON.stringify({...goodLine, outcome: '__proto__'})],
  ['a prototype', `{"__proto__":${JSON.stringify(goodLine)}}`],
  ['a line without end', JSON.stringify({...goodLine, reason: 'x'.repeat(1_000_000)})],
  ['a tower of lists', `${'['.repeat(30_000)}`],
];
for (const [what, line] of badLines) {
  test(`ledger: ${what} hides no other line`, () => {
    put('ledger.jsonl', `${line}\n${JSON.stringify(goodLine)}\n${line}\n`);
    const {lines, unreadable} = readLedger(user.folder);
    assert.equal(
      lines.map(({id}) => id),
      [good.id],
    );
    assert.is(unreadable, 2);
    assert.match(renderHistory(history(undefined, user.around), 80, new Chalk({level: 0})), good.id);
  });
}

test('ledger: what is shown and given out is clean', () => {
  const evil = '\u001b[31m\u202e\u009b2Jx\n';
  const line = {
    ...goodLine,
    outcome: 'failed',
    reason: evil,
    context: evil,
    destination: evil,
    clusterID: evil,
    by: evil,
  };
  put('ledger.jsonl', `${JSON.stringify(line)}\n`);
  const shown = history(undefined, user.around);
  const out = JSON.stringify(shown.entries) + renderHistory(shown, 80, new Chalk({level: 0}));
  assert.not.match(out, /[\u001b\u009b\u202e]/);
});

const badRecords: [what: string, name: string, make: () => string][] = [
  [
    'an ID that leads out',
    '..%2f.json',
    () => JSON.stringify({...good, url: good.destination, id: '../../../../secret'}),
  ],
  ['another name than its own', 'x.json', () => JSON.stringify({...good, url: good.destination})],
  ['no URL', 'x.json', () => JSON.stringify({...good, id: 'x'})],
  ['a URL of files', 'x.json', () => JSON.stringify({...good, id: 'x', url: 'file:///etc/passwd'})],
  [
    'another place than the one that is shown',
    'x.json',
    () => JSON.stringify({...good, id: 'x', url: 'https://evil.example/api/v1'}),
  ],
  ['credentials', 'x.json', () => JSON.stringify({...good, id: 'x', url: 'https://u:p@one.example/api/v1'})],
  ['fields of other types', 'x.json', () => JSON.stringify({...good, id: 'x', url: 7, time: {}})],
  ['too much', 'x.json', () => JSON.stringify({...good, id: 'x', url: good.destination, y: 'y'.repeat(1_000_000)})],
];
for (const [what, name, make] of badRecords) {
  test(`waiting: ${what} is passed over, and hides no other`, () => {
    put('outbox/x.json', 'abc');
    put(`waiting/${name}`, make());
    put(`waiting/${good.id}.json`, JSON.stringify({...good, url: good.destination}));
    put(`outbox/${good.id}.json`, 'abc');
    assert.equal(
      readWaiting(user.folder).map(({id}) => id),
      [good.id],
    );
    recover(user.folder);
    assert.is(readFileSync(secret(), 'utf8'), 'SECRET');
  });
}

const strange: [what: string, make: (path: string) => void][] = [
  ['a link', (path) => symlinkSync(secret(), at(path))],
  ['a dangling link', (path) => symlinkSync(join(user.around.home, 'made'), at(path))],
  ['a pipe', fifo],
  ['a folder', (path) => mkdirSync(at(path))],
];

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as UserError).code;
  }
  return 'none';
}

const untouched = () => {
  assert.is(readFileSync(secret(), 'utf8'), 'SECRET');
  assert.not.ok(existsSync(join(user.around.home, 'made')));
};

for (const [what, make] of strange) {
  for (const path of ['ledger.jsonl', 'lock']) {
    test(`${what} in the place of ${path}: nothing is sent, and nothing hangs`, async () => {
      rmSync(at(path), {force: true});
      make(path);
      const before = receiver.bodies.length;
      assert.is(await codeOf(() => send(user.options({urls: [receiver.url]}), user.around)), 'delivery');
      assert.is(receiver.bodies.length, before);
      if (path === 'ledger.jsonl' && what !== 'a dangling link')
        assert.is(await codeOf(() => history(undefined, user.around)), 'input');
      untouched();
    });
  }

  test(`${what} in the place of a waiting report: it is not a report`, async () => {
    put('waiting/x.json', JSON.stringify({...good, id: 'x', url: good.destination}));
    make('outbox/x.json');
    assert.equal(readWaiting(user.folder), []);
    assert.equal((await sendPending({yes: true, allowHttp: false, timeout: 5000}, user.around, {})).outcomes, []);
    untouched();
  });

  test(`${what} in the place of what is known of a waiting report`, () => {
    put('outbox/x.json', 'abc');
    make('waiting/x.json');
    assert.equal(readWaiting(user.folder), []);
    untouched();
  });

  test(`${what} in the place of a sent report: its bytes are not to be had`, async () => {
    put('ledger.jsonl', `${JSON.stringify(goodLine)}\n`);
    make(`sent/${good.id}.json`);
    assert.is(await codeOf(() => historyBytes(good.id, undefined, user.around)), 'input');
    untouched();
  });

  test(`${what} that stands in the way of a temporary file`, async () => {
    make('waiting/y.json.tmp');
    recover(user.folder);
    untouched();
  });
}

const locks: [what: string, make: (path: string) => void][] = [
  ...strange,
  ['a file that is not empty', (path) => writeFileSync(at(path), 'x')],
];
for (const [what, make] of locks) {
  test(`${what} in the place of a report's lock: that one alone waits on, and is told`, async () => {
    const refusing = await startScripted({tls: false, routes: {'*': [{status: 301}, {status: 301}, {status: 204}]}});
    try {
      const ids: string[] = [];
      for (const path of ['/a', '/b']) {
        const {outcomes} = await send(user.options({urls: [`${refusing.url}${path}`]}), user.around);
        ids.push(outcomes![0]!.waiting.id);
      }
      const [planted = '', other = ''] = ids;
      make(`waiting/${planted}.lock`);
      const how = {yes: true, allowHttp: false, timeout: 20_000};
      const {outcomes} = await sendPending(how, user.around, {});
      assert.equal(
        outcomes.map(({waiting: {id}, delivery: {delivered, attempts}}) => [id, delivered, attempts]),
        [
          [other, true, 1],
          [planted, false, 0],
        ],
      );
      assert.throws(
        () => requireDelivered(outcomes),
        ({code, message, suggestions}: UserError) =>
          code === 'delivery' &&
          message.includes(`its lock ${at(`waiting/${planted}.lock`)} can't be taken (`) &&
          message.includes(`The report waits as ${planted}.`) &&
          suggestions.some((line) => line.includes(`rm -r ${at(`waiting/${planted}.lock`)}`)),
      );
      const {code, message} = await discard([planted], {ask: async () => true}, user.around).catch((error) => error);
      assert.is(code, 'delivery');
      assert.match(message, new RegExp(`^Nothing was discarded: of the report ${planted}, its lock `));
      rmSync(at(`waiting/${planted}.lock`), {recursive: true});
      await discard([planted], {ask: async () => true}, user.around);
      assert.equal(readWaiting(user.folder), []);
      untouched();
    } finally {
      await refusing.close();
    }
  });
}

test('a report of which a folder takes the place while it is sent, or that has no end, holds up no other', async () => {
  const server = await startScripted({
    tls: false,
    routes: {'*': [{status: 301}, {status: 301}, {status: 301}, {status: 204}]},
  });
  try {
    for (const path of ['/a', '/b', '/c']) await send(user.options({urls: [`${server.url}${path}`]}), user.around);
    const claims = await withLock(user.folder, 0, async () => claim(user.folder, readWaiting(user.folder)));
    const [first, second] = claims.claimed.map(({waiting: {id}}) => `outbox/${id}.json`);
    rmSync(at(first!));
    mkdirSync(at(first!));
    truncateSync(at(second!), 2 ** 42);
    const how = {folder: user.folder, env: {}, timeout: 20_000, connectTimeout: 20_000};
    const outcomes = await dispatch(claims, how);
    assert.equal(
      outcomes.map(({delivery}) => delivery.delivered),
      [false, false, true],
    );
  } finally {
    await server.close();
  }
});

test('a ledger that is a second name of another file: nothing is sent, and nothing written there', async () => {
  rmSync(at('ledger.jsonl'), {force: true});
  linkSync(secret(), at('ledger.jsonl'));
  const before = receiver.bodies.length;
  assert.is(await codeOf(() => send(user.options({urls: [receiver.url]}), user.around)), 'delivery');
  assert.is(receiver.bodies.length, before);
  untouched();
});

for (const name of ['outbox', 'sent', 'superseded', 'waiting']) {
  test(`${name} that is a link: nothing is sent, and nothing changes behind it`, async () => {
    const other = join(user.around.home, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'x.tmp'), '');
    writeFileSync(join(other, 'x.json'), JSON.stringify({...good, id: 'x', url: good.destination}));
    rmSync(at(name), {recursive: true});
    symlinkSync(other, at(name));
    assert.is(await codeOf(() => send(user.options({urls: [receiver.url]}), user.around)), 'delivery');
    assert.equal(readWaiting(user.folder), []);
    assert.equal(readdirSync(other).sort(), ['x.json', 'x.tmp']);
  });
}

const elsewhere = () => join(user.around.home, 'elsewhere');
const agreed = () => at('agreed', `${clusterID}.json`);
const agreements: [what: string, make: () => void][] = [
  ['a link', () => symlinkSync(secret(), agreed())],
  ['a pipe', () => fifo(`agreed/${clusterID}.json`)],
  ['one that never ends', () => symlinkSync('/dev/zero', agreed())],
];
for (const [what, make] of agreements) {
  test(`what was agreed to is no file but ${what}: that allows nothing`, () => {
    mkdirSync(at('agreed'));
    make();
    assert.equal(readAgreed(user.folder, clusterID)?.fields, []);
  });
}

test('what was agreed to, and IDs, are neither written nor believed behind a link', async () => {
  mkdirSync(elsewhere());
  for (const name of ['agreed', 'cluster-ids']) symlinkSync(elsewhere(), at(name));
  const scope = {version: '1', fields: [], capacity: 'known', extensions: []} as const;
  assert.throws(() => writeAgreed(user.folder, clusterID, scope), /./);
  await withScripted({'/api/v1/namespaces/kube-system': {body: {metadata: {uid: clusterID}}}}, async (connection) => {
    assert.is((await localID(connection, user.folder)).path, undefined);
  });
  assert.equal(readdirSync(elsewhere()), []);
  writeFileSync(join(elsewhere(), `${clusterID}.json`), JSON.stringify({...scope, fields: ['nodes']}));
  assert.equal(readAgreed(user.folder, clusterID)?.fields, []);
});

test.run();
