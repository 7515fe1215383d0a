// A disk that is full, or fills at the worst moment, or is read-only: real file systems, mounted for the test.
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import {history} from '../../src/operations/history.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {type Sandbox, sandbox} from '../delivery/sandbox.ts';
import {type Scripted, startScripted} from '../rig/scripted.ts';

const page = 4096;

function mount(...args: string[]): string | undefined {
  const {status, stderr, error} = spawnSync('mount', args);
  return status === 0 ? undefined : String(error?.message ?? stderr).trim();
}

/** Lazily: a file that was read can still be closing, and other tests have mount namespaces that know this one. */
function umount(path: string): void {
  spawnSync('umount', ['-l', path]);
}

/** A test with a small file system as the state directory; where mounting is not allowed, it is skipped, or fails in CI. */
function onDisk(name: string, work: (disk: string, user: Sandbox) => Promise<void>): void {
  const reason = whyNoMount();
  if (reason !== undefined && !process.env.CI) {
    console.error(`SKIPPED ${name}: ${reason}`);
    test.skip(name);
    return;
  }
  test(name, async () => {
    assert.is(reason, undefined);
    const disk = mkdtempSync(join(tmpdir(), 'disk-'));
    const user = sandbox();
    try {
      assert.is(mount('-t', 'tmpfs', '-o', 'size=512k,mode=0700', 'tmpfs', disk), undefined);
      await work(disk, user);
    } finally {
      umount(disk);
      rmSync(disk, {recursive: true, force: true});
      user.remove();
    }
  });
}

let known: {reason: string | undefined} | undefined;
function whyNoMount(): string | undefined {
  if (!known) {
    const probe = mkdtempSync(join(tmpdir(), 'disk-'));
    known = {reason: mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe)};
    umount(probe);
    rmSync(probe, {recursive: true});
  }
  return known.reason;
}

/** Fills the disk but for some pages. */
function fill(disk: string, pages: number): void {
  const free = statfsSync(disk).bavail - pages;
  if (free > 0) writeFileSync(join(disk, 'filler'), Buffer.alloc(free * page, 1));
}

function empty(disk: string): void {
  rmSync(join(disk, 'filler'), {force: true});
}

async function collector(work: (collector: Scripted) => Promise<void>, answered = () => {}): Promise<void> {
  const server = await startScripted({
    tls: false,
    routes: {
      '*': (_, response) => {
        answered();
        response.writeHead(204).end();
      },
    },
  });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

async function attempt(work: Promise<unknown>): Promise<UserError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error as UserError;
  }
}

onDisk('full: nothing is sent unless it is recorded, however little room there is', (disk, user) =>
  collector(async ({url, requests}) => {
    // The report takes 20 pages: from no room at all to enough for everything.
    const pages = Math.ceil(Buffer.byteLength(user.bytes) / page);
    let delivered = 0;
    let refused = 0;
    for (let room = 0; room <= pages + 6; room++) {
      const stateDir = join(disk, 'state');
      mkdirSync(stateDir, {recursive: true});
      fill(disk, room);
      requests.length = 0;
      const error = await attempt(send(user.options({urls: [url], stateDir}), user.around));
      const {entries} = history(stateDir, user.around);
      if (error) {
        refused++;
        assert.is(error.code, 'delivery', error.stack);
        assert.match(error.message, /Nothing was sent.*(the disk is full|locked)/);
        assert.equal(requests, [], `room ${room}: it left all the same`);
        assert.not(entries.some(({state}) => state === 'delivered'));
      } else {
        delivered++;
        assert.is(requests.length, 1);
        assert.is(entries.at(-1)!.state, 'delivered');
      }
      empty(disk);
      if (error && entries.length > 0)
        await sendPending({yes: true, allowHttp: false, timeout: 20_000, stateDir}, user.around, {});
      rmSync(stateDir, {recursive: true});
    }
    assert.ok(delivered > 0 && refused > 0, `${delivered} delivered, ${refused} refused`);
  }),
);

onDisk(
  'full between the POST and the answer: delivered is known, and the ledger gets its line later',
  async (disk, user) => {
    const stateDir = join(disk, 'state');
    await collector(
      async ({url, requests}) => {
        const {outcomes} = await send(user.options({urls: [url], stateDir}), user.around);
        assert.ok(outcomes![0]!.delivery.delivered);
        assert.is(outcomes![0]!.recorded, false);
        assert.equal(
          history(stateDir, user.around).entries.map(({state, recovered}) => [state, recovered]),
          [['delivered', true]],
        );
        empty(disk);
        await send(user.options({urls: [url], stateDir}), user.around);
        assert.is(requests.length, 2);
        assert.equal(
          history(stateDir, user.around).entries.map(({state}) => state),
          ['delivered', 'delivered'],
        );
      },
      () => fill(disk, 0),
    );
  },
);

onDisk('a read-only state directory: nothing is sent', (disk, user) =>
  collector(async ({url, requests}) => {
    const stateDir = join(disk, 'state');
    for (const exists of [false, true]) {
      if (exists) await send(user.options({urls: [url], stateDir}), user.around);
      requests.length = 0;
      assert.is(mount('-o', 'remount,ro', disk), undefined);
      const error = await attempt(send(user.options({urls: [url], stateDir}), user.around));
      assert.is(error?.code, 'delivery');
      assert.match(error!.message, /Nothing was sent.*read-only file system/, error!.message);
      assert.equal(requests, []);
      assert.is(history(stateDir, user.around).entries.length, exists ? 1 : 0);
      assert.is(mount('-o', 'remount,rw', disk), undefined);
    }
  }),
);

test('a state directory that is a file: nothing is sent', () =>
  collector(async ({url, requests}) => {
    const user = sandbox();
    const error = await attempt(send(user.options({urls: [url], stateDir: user.reportFile}), user.around));
    assert.is(error?.code, 'delivery');
    assert.match(error!.message, /part of the path is a file/);
    assert.equal(requests, []);
    user.remove();
  }));

test.run();
