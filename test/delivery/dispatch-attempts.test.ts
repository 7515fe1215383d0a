// What is known of attempts: those that were cut off, those that may have arrived twice, and those of another run.
import {once} from 'node:events';
import {renameSync, writeFileSync} from 'node:fs';
import {type AddressInfo, createServer} from 'node:net';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {claim, dispatch} from '../../src/delivery/dispatch.ts';
import {lockRecord, withLock} from '../../src/delivery/lock.ts';
import {recover} from '../../src/delivery/recover.ts';
import {noteNewAttempt, readWaiting} from '../../src/delivery/waiting.ts';
import {history} from '../../src/operations/history.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {startScripted} from '../rig/scripted.ts';
import {type Sandbox, sampleReport, sandbox} from './sandbox.ts';

type Server = Awaited<ReturnType<typeof startScripted>>;

async function withServer(
  steps: NonNullable<Parameters<typeof startScripted>[0]['routes']>[string],
  work: (user: Sandbox, server: Server) => Promise<void>,
): Promise<void> {
  const user = sandbox();
  const server = await startScripted({tls: false, routes: {'POST /api/v1': steps}});
  try {
    await work(user, server);
  } finally {
    await server.close();
    user.remove();
  }
}

const pending = {yes: true, allowHttp: false, timeout: 20_000};

test('each attempt that is cut off has its line, once, and the delivery says that it may be the second', () =>
  withServer([{status: 301}, {status: 204}], async (user, server) => {
    await send(user.options({urls: [server.url]}), user.around);
    for (const second of [1, 2]) {
      noteNewAttempt(user.folder, readWaiting(user.folder)[0]!, `2099-01-01T00:00:0${second}.000Z`);
      for (let run = 0; run < 2; run++) await withLock(user.folder, 0, async () => recover(user.folder));
    }
    await sendPending(pending, user.around, {});
    assert.equal(
      user.ledger().map(({outcome, uncertain = false, recovered = false}) => [outcome, uncertain, recovered]),
      [
        ['failed', false, false],
        ['failed', true, true],
        ['failed', true, true],
        ['delivered', true, false],
      ],
    );
    assert.ok(history(undefined, user.around).entries[0]!.uncertain);
  }));

test('what takes the place of a report after it was looked at is not sent', () =>
  withServer([{status: 301}, {status: 204}], async (user, server) => {
    await send(user.options({urls: [server.url]}), user.around);
    const claimed = await withLock(user.folder, 0, async () => claim(user.folder, readWaiting(user.folder)));
    const secret = join(user.folder, 'secret');
    writeFileSync(secret, 'x'.repeat(user.bytes.length));
    renameSync(secret, join(user.folder, 'outbox', user.list('outbox')[0]!));
    const how = {folder: user.folder, env: {}, timeout: 20_000, connectTimeout: 20_000};
    const [outcome] = await dispatch(claimed, how);
    assert.equal([outcome!.delivery.delivered, outcome!.delivery.attempts, server.requests.length], [false, 1, 1]);
    assert.equal(
      user.ledger().map(({uncertain = false}) => uncertain),
      [false, false],
    );
  }));

test('a delivery at the first attempt is certain', () =>
  withServer([{status: 204}], async (user, server) => {
    await send(user.options({urls: [server.url]}), user.around);
    assert.equal(
      user.ledger().map(({uncertain}) => uncertain),
      [undefined],
    );
  }));

test('a slow collector holds up only its own report', async () => {
  let arrived = () => {};
  const waits = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await withServer(
    [
      async (_, response) => {
        arrived();
        await held;
        response.writeHead(204).end();
      },
    ],
    async (user, slow) => {
      const first = send(user.options({urls: [slow.url]}), user.around);
      await waits;
      const [other] = history(undefined, user.around).entries;
      // The same report is posted by nobody else in the meantime, nor superseded.
      const {outcomes: ours} = await sendPending(pending, user.around, {});
      assert.equal(
        ours.map(({waiting, delivery}) => [waiting.id, delivery.attempts, !delivery.delivered && delivery.reason]),
        [[other!.id, 0, 'was not asked: another seldon-usage sends the report, or holds its lock']],
      );
      await withServer([{status: 204}], async (_, fast) => {
        const {outcomes} = await send(user.options({urls: [fast.url]}), user.around);
        assert.ok(outcomes![0]!.delivery.delivered && outcomes![0]!.recorded);
      });
      assert.equal(user.list('outbox'), [`${other!.id}.json`]);
      assert.is(lockRecord(user.folder, other!.id), undefined);
      answer();
      await first;
      assert.equal(user.list('waiting'), []);
      assert.equal(
        user.ledger().map(({outcome}) => outcome),
        ['delivered', 'delivered'],
      );
    },
  );
});

test('a 204 before the whole report was read is no delivery', async () => {
  const user = sandbox({}, sampleReport(40_000));
  // Answers when the head of the request is there, and reads no more of it; the next time with what ends the attempts.
  let answers = 0;
  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.pause();
        socket.write(`HTTP/1.1 ${answers++ === 0 ? '204 No Content' : '301 Moved\r\nContent-Length: 0'}\r\n\r\n`);
      }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const told: string[] = [];
    const {outcomes} = await send(user.options({urls: [url]}), user.around, {onRetry: (_, why) => told.push(why)});
    assert.equal(told, ['answered 204 before it had read the whole report']);
    assert.not.ok(outcomes![0]!.delivery.delivered);
    assert.equal(user.list('sent'), []);
    assert.equal(
      user.ledger().map(({outcome, uncertain}) => [outcome, uncertain]),
      [['failed', true]],
    );
  } finally {
    server.close();
    user.remove();
  }
});

test.run();
