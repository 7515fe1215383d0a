// A state directory where others may write, as volumes of Kubernetes are made: it is used, and said, once for each send.
import {spawn} from 'node:child_process';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {sharedState} from '../../src/delivery/shared-state.ts';
import {prepareState} from '../../src/delivery/state-folder.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {startScripted} from '../rig/scripted.ts';
import {type Sandbox, sandbox} from './sandbox.ts';

const test = suite('a shared state directory');
const isRoot = process.geteuid?.() === 0;
const stranger = 54_321;

let top: string;
test.before.each(() => {
  top = mkdtempSync(join(tmpdir(), 'shared-'));
});
test.after.each(() => rmSync(top, {recursive: true, force: true}));

/** Makes a folder, with the mode and owner that are given and not those of the process. */
function folder(path: string, mode: number, [user, group]: [user?: number, group?: number] = []): string {
  const whole = join(top, path);
  mkdirSync(whole, {recursive: true});
  if (user !== undefined) chownSync(whole, user, group ?? user);
  chmodSync(whole, mode);
  return whole;
}

function state(path: string, mode = 0o700, owner: [user?: number, group?: number] = []): string {
  const whole = folder(path, mode, owner);
  prepareState(whole);
  return whole;
}

type Case = [what: string, make: () => string, says: RegExp | undefined];
const cases: Case[] = [
  ['its own', () => state('s'), undefined],
  ['its own, that others may read', () => state('s', 0o755), undefined],
  ['its own in a sticky folder', () => [folder('t', 0o1777), state('t/s')][1]!, undefined],
  ['its own with setgid', () => state('s', 0o2755), undefined],
  ['an emptyDir', () => state('s', 0o777), /others may write \S+\/s\)/],
  ['below an emptyDir', () => [folder('e', 0o777), state('e/s')][1]!, /others may write \S+\/e\)/],
  ['a volume of a group, with setgid', () => state('s', 0o2770), /others may write \S+\/s\)/],
  ['below a volume of a group', () => [folder('v', 0o2775), state('v/s')][1]!, /others may write \S+\/v\)/],
  [
    'one whose folders a group got',
    () => {
      const whole = state('s');
      chmodSync(join(whole, 'waiting'), 0o2770);
      return whole;
    },
    /others may write \S+\/s\/waiting\)/,
  ],
];
const ofRoot: Case[] = [
  ["root's, of a group", () => state('s', 0o2775, [0, stranger]), /others may write/],
  ["somebody else's", () => state('s', 0o700, [stranger]), new RegExp(`/s belongs to user ${stranger}`)],
  [
    "below somebody else's",
    () => [folder('v', 0o755, [stranger]), state('v/s')][1]!,
    new RegExp(`/v belongs to user ${stranger}`),
  ],
];
for (const [what, make, says] of isRoot ? [...cases, ...ofRoot] : cases) {
  test(`${what}: ${says ? 'told' : 'nothing to tell'}`, () => {
    const told = sharedState(make());
    if (says) assert.match(told ?? '', says);
    else assert.is(told, undefined);
  });
}

async function withCollector(
  work: (user: Sandbox, url: string) => Promise<void>,
  routes = [{status: 301}, {status: 204}],
) {
  const user = sandbox();
  const server = await startScripted({tls: false, routes: {'*': routes}});
  try {
    await work(user, server.url);
  } finally {
    await server.close();
    user.remove();
  }
}

test('a send says it once before anything leaves, and so does the next that sends what waits', () =>
  withCollector(async (user, url) => {
    const stateDir = folder('s', 0o777);
    const told: string[] = [];
    const hooks = {shared: (warning: string) => void told.push(warning)};
    const {shared} = await send(user.options({urls: [url], stateDir}), user.around, hooks);
    assert.equal(told, [shared!]);
    const how = {yes: true, allowHttp: false, timeout: 20_000, stateDir};
    const {outcomes, shared: again} = await sendPending(how, user.around, hooks);
    assert.ok(outcomes[0]!.delivery.delivered);
    assert.equal(told, [shared!, again!]);
  }));

test('a send from a private one says nothing, and a dry run does not look', () =>
  withCollector(async (user, url) => {
    const hooks = {shared: (warning: string) => assert.unreachable(warning)};
    assert.is((await send(user.options({urls: [url]}), user.around, hooks)).shared, undefined);
    const dry = user.options({urls: [url], dryRun: true, stateDir: folder('s', 0o777)});
    assert.is((await send(dry, user.around, hooks)).shared, undefined);
  }));

interface Output {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built program, as another user if so. */
function program(args: string[], uid?: number): Promise<Output> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/run.js'), ...args], {
    env: {PATH: process.env.PATH, HOME: '/'},
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : {uid, gid: 0}),
  });
  const out = {stdout: '', stderr: ''};
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (out[name] += chunk));
  return new Promise((resolve) => child.once('close', (status) => resolve({status, ...out})));
}

for (const [who, uid] of isRoot
  ? ([
      ['as root', undefined],
      ['as a random user of root’s group', stranger],
    ] as const)
  : ([['as this user', undefined]] as const)) {
  test(`the program ${who}: a warning for people, an item for programs`, () =>
    withCollector(
      async (user, url) => {
        chmodSync(top, 0o755);
        const file = join(top, 'report.json');
        writeFileSync(file, user.bytes, {mode: 0o644});
        const stateDir = folder('s', 0o2775);
        const args = ['send', file, '--url', url, '--yes', '--state-dir', stateDir];
        const {status, stdout, stderr} = await program(args, uid);
        assert.is(status, 0, stderr);
        assert.match(stdout, /^Sent /);
        assert.is(stderr.replace(/\s+/g, ' ').split("is not this user's alone").length, 2, stderr);
        const asJson = await program([...args, '--json'], uid);
        assert.equal([asJson.status, asJson.stderr], [0, '']);
        const {warnings} = JSON.parse(asJson.stdout) as {warnings: string[]};
        assert.match(warnings.join(), /is not this user's alone \(others may write /);
      },
      [{status: 204}],
    ));
}

test.run();
