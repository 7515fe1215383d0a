// State directories and settings that 0.1.0 made, opened by this version: nothing is lost, and what waited is sent. The
// fixtures were made by that program, one run of it ended by kill -9 during its POST.
import {createHash} from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {createServer, type RequestListener} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {localID} from '../../src/cluster/local-id.ts';
import {readLedger} from '../../src/delivery/ledger.ts';
import {config} from '../../src/operations/config.ts';
import {history, historyBytes, type State} from '../../src/operations/history.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {type Surroundings, userFilePath} from '../../src/settings.ts';
import {withScripted} from '../cluster/connection/connecting.ts';
import {sampleReport} from '../delivery/sandbox.ts';
import {listenOnLoopback} from '../rig/scripted.ts';

const made = join(import.meta.dirname, '../fixtures/0.1.0');
const [delivered, superseded, lost, moved, killed] = [
  '20261126T135113Z-e18637',
  '20261126T135114Z-ae7e09',
  '20261126T135205Z-a5fec2',
  '20261126T135207Z-e79ca3',
  '20261126T135208Z-11a68a',
] as const;

const test = suite<{around: Surroundings; folder: string}>('what 0.1.0 made');

test.before.each((context) => {
  const home = mkdtempSync(join(tmpdir(), 'older-'));
  context.around = {env: {}, home};
  context.folder = join(home, '.local/state/seldon-usage');
  cpSync(join(made, 'state'), context.folder, {recursive: true});
  mkdirSync(join(home, '.config/seldon-usage'), {recursive: true});
  cpSync(join(made, 'config.yaml'), userFilePath(context.around));
  chmodSync(userFilePath(context.around), 0o600);
});
test.after.each(({around}) => rmSync(around.home, {recursive: true, force: true}));

type Row = [id: string, state: State, uncertain: boolean, reason: string | undefined];
const waiting: Row[] = [
  [lost, 'waiting', true, 'closed the connection in the middle'],
  [moved, 'waiting', false, 'redirects (301) to nowhere, and redirects are not followed'],
  [killed, 'waiting', true, undefined],
];
const gone: Row[] = [
  [delivered, 'delivered', false, undefined],
  [superseded, 'superseded', true, undefined],
];

function rows(around: Surroundings): Row[] {
  return history(undefined, around)
    .entries.map(({id, state, uncertain, reason}): Row => [id, state, uncertain === true, reason])
    .sort();
}

test('history lists every report', ({around}) => {
  assert.equal(rows(around), [...gone, ...waiting].sort());
  const {unreadable, entries} = history(undefined, around);
  assert.is(unreadable, 0);
  for (const {bytes, clusterID, consent} of entries)
    assert.equal([bytes, clusterID, consent], [804, '846db7e9-c861-43d7-8d08-31578af59878', '--yes']);
});

test('the bytes are the same', ({around}) => {
  for (const {id, sha256} of history(undefined, around).entries) {
    assert.is(
      createHash('sha256')
        .update(historyBytes(id, undefined, around))
        .digest('hex'),
      sha256,
    );
  }
});

/** Stands for every collector there is; keeps the URL and the body of what is posted. */
async function asCollectors(answer: RequestListener, work: (proxy: string, posted: string[][]) => Promise<void>) {
  const posted: string[][] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    posted.push([request.url!, String(Buffer.concat(chunks))]);
    answer(request, response);
  });
  const {port, close} = await listenOnLoopback(server, '127.0.0.1');
  try {
    await work(`http://127.0.0.1:${port}`, posted);
  } finally {
    await close();
  }
}

const takes: RequestListener = (_, response) => response.writeHead(204).end();
const how = {yes: true, allowHttp: true, timeout: 20_000};

test('what waits is sent as it is, to where it was meant to go', ({around, folder}) =>
  asCollectors(takes, async (http_proxy, posted) => {
    const before = new Map(waiting.map(([id]) => [id, String(historyBytes(id, undefined, around))]));
    const {outcomes, held} = await sendPending(how, {...around, env: {http_proxy}}, {});
    assert.is(held.length, 0);
    assert.ok(outcomes.every(({delivery, recorded}) => delivery.delivered && recorded));
    assert.equal(
      posted.sort(),
      [
        ['http://lost.example.com/api/v1', before.get(lost)!],
        ['http://moved.example.com/x?key=k1', before.get(moved)!],
        ['http://killed.example.com/api/v1', before.get(killed)!],
      ].sort(),
    );
    const after: Row[] = waiting.map(([id, , uncertain]) => [id, 'delivered', uncertain, undefined]);
    assert.equal(rows(around), [...gone, ...after].sort());
    assert.equal([readdirSync(join(folder, 'outbox')), readdirSync(join(folder, 'waiting'))], [[], []]);
    // The lines that were there stand unchanged, and the one that was killed has got the line that it was owed.
    const old = readFileSync(join(made, 'state/ledger.jsonl'), 'utf8');
    assert.ok(readFileSync(join(folder, 'ledger.jsonl'), 'utf8').startsWith(old));
    const owed = readLedger(folder).lines.filter(({id, outcome}) => id === killed && outcome === 'failed');
    assert.equal(
      owed.map(({uncertain, recovered}) => [uncertain, recovered]),
      [[true, true]],
    );
  }));

test('the next report supersedes what waited for the same collector, and no other', ({around}) =>
  asCollectors(takes, async (http_proxy) => {
    const file = join(around.home, 'report.json');
    writeFileSync(file, JSON.stringify({...sampleReport(1), clusterID: '846db7e9-c861-43d7-8d08-31578af59878'}));
    const url = ['http://lost.example.com'];
    const options = {...how, url, file, dryRun: false, stays: false};
    const collect = {connection: {}, capacity: 'known', omit: new Set<never>()} as const;
    const {outcomes} = await send({...options, collect}, {...around, env: {http_proxy}});
    const by = outcomes![0]!.waiting.id;
    const entries = history(undefined, around).entries;
    assert.is(entries.find(({id}) => id === lost)!.by, by);
    assert.equal(
      rows(around).flatMap(([id, state]) => (id === by ? [] : [[id, state]])),
      [...gone, ...waiting].map(([id, state]) => [id, id === lost ? 'superseded' : state]).sort(),
    );
  }));

test('the cluster keeps its ID', ({folder}) => {
  const system = {body: {metadata: {uid: '7e3f3d52-6f0c-4f0e-9a35-0f1d2c3b4a59'}}};
  return withScripted({'/api/v1/namespaces/kube-system': system}, async (connection) => {
    const {value, isNew} = await localID(connection, folder);
    assert.equal([value, isNew], ['3ef4ef60-13bf-4700-ad3a-b5ff59f99fa3', false]);
  });
});

test('its settings count', ({around}) => {
  assert.ok(existsSync(userFilePath(around)));
  assert.equal(
    config(around).settings.flatMap(({name, value, origin}) => (origin === 'file' ? [[name, value]] : [])),
    [
      ['url', ['http://one.example.com']],
      ['capacity', 'all'],
      ['listen', '127.0.0.1:18080'],
      ['admin-listen', '127.0.0.1:19090'],
    ],
  );
});

test.run();
