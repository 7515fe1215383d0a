// kill -9 before every single step that changes the disk, and while the collector holds the answer back. Whatever the
// step: nothing is lost, nothing is claimed that did not happen, and what arrives twice is the same bytes.
import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {history} from '../../src/operations/history.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {type Sandbox, sandbox} from '../delivery/sandbox.ts';
import {startScripted} from '../rig/scripted.ts';

const script = join(import.meta.dirname, '../delivery/crash-child.ts');

function startChild(user: Sandbox, urls: string[], step: number): ChildProcess {
  const options = JSON.stringify({file: user.reportFile, urls, home: user.around.home});
  return spawn(process.execPath, [...process.execArgv, script, options, String(step)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {},
  });
}

function ended(child: ChildProcess): Promise<{code: number | null; signal: NodeJS.Signals | null}> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({code, signal})));
}

/** What must hold after a crash at any point, and after the next run has cleared up. */
async function checkAfterCrash(user: Sandbox, bodies: () => string[], step: string): Promise<void> {
  const claimed = history(undefined, user.around).entries;
  const arrived = bodies().length;
  if (claimed.some(({state}) => state === 'delivered')) assert.ok(arrived > 0, `${step}: claimed, and never arrived`);
  if (arrived > 0) assert.is(claimed.length, 1, `${step}: it arrived, and nothing knows of it`);
  for (const entry of claimed) {
    if (entry.state === 'waiting' && arrived > 0) assert.ok(entry.uncertain, `${step}: it may have arrived`);
  }

  const {outcomes} = await sendPending({yes: true, allowHttp: false, timeout: 20_000}, user.around, {});
  assert.ok(outcomes.every(({delivery, recorded}) => delivery.delivered && recorded));
  const after = history(undefined, user.around).entries;
  assert.is(after.length, claimed.length, `${step}: ${JSON.stringify(after)}`);
  assert.ok(after.every(({state}) => state === 'delivered'));
  assert.ok(bodies().length <= 2);
  assert.ok(
    bodies().every((body) => body === user.bytes),
    `${step}: other bytes`,
  );
  if (claimed.length === 0) return;
  assert.equal(user.list('outbox'), []);
  assert.equal(
    user.list('sent').map((name) => user.read('sent', name) === user.bytes),
    [true],
  );
}

test('kill -9 before each step', async () => {
  let through = false;
  let steps = 0;
  for (let first = 1; !through; first += 4) {
    await Promise.all(
      [0, 1, 2, 3].map(async (offset) => {
        const step = first + offset;
        const receiver = await startReceiver();
        const user = sandbox();
        try {
          const {code, signal} = await ended(startChild(user, [receiver.url], step));
          if (signal === 'SIGKILL') await checkAfterCrash(user, () => receiver.bodies.map(String), `step ${step}`);
          else {
            assert.is(code, 0, `step ${step}`);
            through = true;
          }
        } finally {
          await receiver.close();
          user.remove();
        }
      }),
    );
    assert.ok(first < 200, 'it never got through');
    steps = first;
  }
  assert.ok(steps > 20, `only ${steps} steps: does the child count them?`);
});

test('kill -9 before each step of the next run, which supersedes what waited', async () => {
  let through = false;
  for (let step = 1; !through; step++) {
    const user = sandbox();
    const server = await startScripted({tls: false, routes: {'POST /api/v1': [{status: 301}, {status: 204}]}});
    try {
      const first = await send(user.options({urls: [server.url]}), user.around);
      const {id} = first.outcomes![0]!.waiting;
      const {signal} = await ended(startChild(user, [server.url], step));
      through = signal !== 'SIGKILL';
      const after = history(undefined, user.around).entries;
      const old = after.find((entry) => entry.id === id)!;
      assert.ok(old, `step ${step}: the report that waited is lost`);
      const where = (['outbox', 'superseded'] as const).filter((name) => user.list(name).includes(`${id}.json`));
      assert.is(where.length, 1, `step ${step}: ${where}`);
      if (old.state === 'superseded')
        assert.ok(
          after.some((entry) => entry.id === old.by),
          `step ${step}: by nothing`,
        );
      else assert.not(through);
    } finally {
      await server.close();
      user.remove();
    }
  }
});

test('kill -9 while the collector holds the answer back', async () => {
  const user = sandbox();
  let child: ChildProcess | undefined;
  const server = await startScripted({
    tls: false,
    routes: {'POST /api/v1': [() => void child!.kill('SIGKILL'), {status: 204}]},
  });
  try {
    child = startChild(user, [server.url], 0);
    assert.is((await ended(child)).signal, 'SIGKILL');
    await checkAfterCrash(user, () => server.requests.map(({body}) => body), 'during the POST');
    assert.is(server.requests.length, 2);
  } finally {
    await server.close();
    user.remove();
  }
});

test.run();
