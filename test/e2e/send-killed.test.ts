// The built program is killed with SIGKILL while a slow collector has it: thirty times, five at each moment of an exchange,
// the world told by what the collector has seen and not by a clock. Nothing is delivered falsely, and whatever may have
// arrived twice is marked so.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer, type ServerResponse} from 'node:http';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {history} from '../../src/operations/history.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {type Sandbox, sampleReport, sandbox} from '../delivery/sandbox.ts';
import {cacheHome} from '../program.ts';
import {listenOnLoopback} from '../rig/scripted.ts';

const test = suite('killed while it sends');

/** When the program is killed, in the order of an exchange. */
const moments = [
  'connected',
  'headers',
  'part of the body',
  'the whole body',
  'half an answer',
  'a whole answer',
] as const;
type Moment = (typeof moments)[number];

interface Slow {
  url: string;
  /** Bodies that arrived whole. */
  bodies: string[];
  /** Answers of 204 that were given. */
  answers: number;
  close(): Promise<void>;
}

/** A collector that tells of each moment, and goes on when the one who is told does. Afterwards it answers at once. */
async function startSlow(tell: (moment: Moment) => void): Promise<Slow> {
  const slow: Slow = {url: '', bodies: [], answers: 0, close: async () => {}};
  const server = createServer(async (request, response) => {
    tell('headers');
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) {
        chunks.push(chunk);
        tell('part of the body');
      }
    } catch {
      return;
    }
    slow.bodies.push(String(Buffer.concat(chunks)));
    tell('the whole body');
    answer(response);
  });
  function answer({socket}: ServerResponse): void {
    socket?.write('HTTP/1.1 204 No Con', () => {
      tell('half an answer');
      slow.answers++;
      socket.end('tent\r\nConnection: close\r\n\r\n', () => tell('a whole answer'));
    });
    socket?.on('error', () => {});
  }
  server.on('connection', () => tell('connected'));
  const {port, close} = await listenOnLoopback(server, '127.0.0.1');
  return Object.assign(slow, {url: `http://127.0.0.1:${port}`, close});
}

function start(user: Sandbox, url: string): ChildProcess {
  return spawn(
    process.execPath,
    [join(import.meta.dirname, '../../bin/run.js'), 'send', user.reportFile, '--yes', '--url', url],
    {stdio: 'ignore', env: {PATH: process.env.PATH, HOME: user.around.home, XDG_CACHE_HOME: cacheHome}},
  );
}

for (const moment of moments) {
  for (let round = 1; round <= 5; round++) {
    test(`${moment}, ${round}`, async () => {
      // More than one piece on the wire.
      const user = sandbox({}, sampleReport(400 * round));
      let child: ChildProcess | undefined;
      const slow = await startSlow((now) => {
        if (now === moment) child?.kill('SIGKILL');
      });
      try {
        child = start(user, slow.url);
        const [code] = (await once(child, 'close')) as [number | null];
        child = undefined;
        const [entry, ...others] = history(undefined, user.around).entries;
        assert.equal(others, []);
        assert.ok(entry, 'what was posted is known of');
        // Only after the whole answer can it have got through, or be known to be delivered.
        if (moment !== 'a whole answer') assert.is(code, null);
        if (entry.state === 'delivered') assert.is(slow.answers, 1, 'delivered, and no answer was given');
        else assert.ok(entry.uncertain, 'it may have arrived');

        const {outcomes} = await sendPending({yes: true, allowHttp: false, timeout: 20_000}, user.around, {});
        assert.ok(outcomes.every(({delivery, recorded}) => delivery.delivered && recorded));
        const [after, ...more] = history(undefined, user.around).entries;
        assert.equal([more, after!.state], [[], 'delivered']);
        if (slow.bodies.length > 1) assert.ok(after!.uncertain, 'it arrived twice');
        assert.ok(slow.bodies.length > 0 && slow.bodies.length <= 2);
        assert.ok(slow.bodies.every((body) => body === user.bytes));
        assert.equal([user.list('outbox'), user.list('waiting')], [[], []]);
      } finally {
        await slow.close();
        user.remove();
      }
    });
  }
}

test.run();
