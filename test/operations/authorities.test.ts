// What decides where a report goes, whom it trusts and what it holds is the person's own word where nobody is asked.
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readToken} from '../../src/collector/access.ts';
import {placeOf} from '../../src/collector/place.ts';
import {UserError} from '../../src/errors.ts';
import {setConfig} from '../../src/operations/config.ts';
import {type Preview, type SendOptions, send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {userFilePath} from '../../src/settings.ts';
import {exampleNodes} from '../commands/nodes.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {clusterID, type Sandbox, sandbox} from '../delivery/sandbox.ts';
import {startScripted} from '../rig/scripted.ts';

const test = suite('files that others may write');

/** Writes one, in the state directory's home, that the group may write. */
function open(path: string, text: string, mode = 0o646): string {
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

async function withReceiver(work: (user: Sandbox, url: string, received: () => number) => Promise<void>) {
  const receiver = await startReceiver();
  const user = sandbox();
  try {
    await work(user, receiver.url, () => receiver.headers.length);
  } finally {
    await receiver.close();
    user.remove();
  }
}

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, UserError);
  return error as UserError;
}

test('settings in such a file send nothing with --yes, whatever else says where to', () =>
  withReceiver(async (user, url, received) => {
    const file = open(userFilePath(user.around), `url: ${url}\n`);
    for (const urls of [[], [url]]) {
      const {code, message} = await refusal(send(user.options({urls}), user.around));
      assert.equal(
        [code, message],
        ['consent', `Somebody else may have written ${file}: its mode is 646. Nothing was sent.`],
      );
    }
    assert.is(received(), 0);
    chmodSync(file, 0o644);
  }));

test('who is asked is shown that somebody else may have said where to', () =>
  withReceiver(async (user, url, received) => {
    open(userFilePath(user.around), `url: ${url}\n`);
    const seen: Preview[] = [];
    const agree = async (preview: Preview) => seen.push(preview) > 1;
    await refusal(send(user.options({urls: [], yes: false}), user.around, {agree}));
    assert.equal(seen[0]!.doubts, ['somebody else may have written that file (its mode is 646)']);
    assert.is(received(), 0);
  }));

test('what waits is not sent with --yes by such settings either', () =>
  withReceiver(async (user, url, received) => {
    const elsewhere = await startScripted({tls: false, routes: {'*': [{status: 301}]}});
    const {outcomes} = await send(user.options({urls: [elsewhere.url]}), user.around);
    await elsewhere.close();
    assert.not.ok(outcomes![0]!.delivery.delivered);
    const other = sandbox();
    try {
      open(userFilePath(other.around), `state-dir: ${user.folder}\nurl: ${url}\n`);
      const {code} = await refusal(sendPending({yes: true, allowHttp: true, timeout: 5000}, other.around, {}));
      assert.is(code, 'consent');
      assert.is(received(), 0);
    } finally {
      other.remove();
    }
  }));

type Named = [what: string, more: (user: Sandbox, mode: number) => Partial<SendOptions>];
const named: Named[] = [
  ['--cacert', (user, mode) => ({cacert: open(join(user.around.home, 'ca.pem'), '-----BEGIN CERTIFICATE-----', mode)})],
  [
    '--extensions',
    (user, mode) => ({
      file: undefined,
      collect: {
        connection: {},
        capacity: 'known',
        omit: new Set(),
        clusterID,
        nodes: open(join(user.around.home, 'nodes.json'), exampleNodes),
        extensions: dirname(open(join(user.around.home, 'extensions/a.json'), '{"team": "search"}', mode)),
      },
    }),
  ],
];
for (const [what, more] of named) {
  test(`${what}: of a file that others may write nothing is sent with --yes`, () =>
    withReceiver(async (user, url, received) => {
      const {code, message} = await refusal(send(user.options({urls: [url], ...more(user, 0o646)}), user.around));
      assert.is(code, 'consent');
      assert.match(message, /^Somebody else may have written \S+: its mode is 646\. Nothing was sent\.$/);
      assert.is(received(), 0);
      const {outcomes} = await send(user.options({urls: [url], ...more(user, 0o644)}), user.around);
      assert.ok(outcomes![0]!.delivery.delivered);
    }));
}

test('a collector takes no store and no sink from such a file', () => {
  const {around, remove} = sandbox();
  try {
    const file = open(userFilePath(around), 'store: sqlite:/tmp/other.db\nalso: https://evil.example\n');
    assert.throws(
      () => placeOf({store: 'sqlite:own.db'}, around),
      (error: UserError) => error.code === 'input' && error.message.includes(`${file}: its mode is 646`),
    );
  } finally {
    remove();
  }
});

test('whoever may write the token of the statistics is not let in by it', () => {
  const {around, remove} = sandbox();
  try {
    const file = open(join(around.home, 'token'), '0123456789abcdef0123');
    assert.is(readToken(file), '0123456789abcdef0123');
    assert.throws(() => readToken(file, true), /its mode is 646\. No collector was started\.$/);
    chmodSync(file, 0o640);
    assert.is(readToken(file, true), '0123456789abcdef0123');
  } finally {
    remove();
  }
});

test('what others may have written is not made this user’s by a change of it', async () => {
  const {around, remove} = sandbox();
  try {
    open(userFilePath(around), 'url: https://evil.example\n');
    const {message} = await refusal(setConfig('capacity', ['all'], around));
    assert.match(message, /^Somebody else may have written .*: its mode is 646\. What was there is unchanged\.$/);
  } finally {
    remove();
  }
});

test.run();
