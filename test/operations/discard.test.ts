import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import {discard} from '../../src/operations/discard.ts';
import {history} from '../../src/operations/history.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {userFilePath} from '../../src/settings.ts';
import {type Sandbox, sandbox} from '../delivery/sandbox.ts';
import {type Route, startScripted} from '../rig/scripted.ts';

const pending = {yes: true, allowHttp: false, timeout: 20_000};
const yes = {ask: async () => true};

/** A user with a report that waits for each of the paths. */
async function waiting(
  paths: string[],
  work: (user: Sandbox, ids: string[]) => Promise<void>,
  route: Route = {status: 301},
) {
  const user = sandbox();
  const collector = await startScripted({tls: false, routes: {'*': route}});
  try {
    const ids: string[] = [];
    for (const path of paths) {
      const {outcomes} = await send(user.options({urls: [`${collector.url}${path}?k=hunter2`]}), user.around);
      ids.push(outcomes![0]!.waiting.id);
    }
    await work(user, ids);
  } finally {
    await collector.close();
    user.remove();
  }
}

const stateOf = (user: Sandbox) =>
  Object.fromEntries(history(undefined, user.around).entries.map(({id, state}) => [id, state]));
const fails = async (work: Promise<unknown>): Promise<UserError> =>
  work.then(
    () => assert.unreachable(),
    (error) => error,
  );

test('what is discarded is not sent, stays readable, and the ledger says so', () =>
  waiting(['/a', '/b', '/c'], async (user, [a, b, c]) => {
    const shown: string[] = [];
    const done = await discard(
      [a!, c!.slice(-6)],
      {ask: async (all) => all.every(({id}) => shown.push(id))},
      user.around,
    );
    // Reports of one second have no order among them.
    assert.equal(done.map(({id}) => id).sort(), [a, c].sort());
    assert.equal(shown.sort(), [a, c].sort());
    assert.equal(stateOf(user), {[a!]: 'discarded', [b!]: 'waiting', [c!]: 'discarded'});
    assert.equal(user.list('outbox'), [`${b}.json`]);
    assert.equal(user.list('waiting'), [`${b}.json`]);
    assert.is(user.read('superseded', `${a}.json`), user.bytes);
    assert.not.match(JSON.stringify(user.ledger()), 'hunter2');
    assert.equal(
      (await sendPending(pending, user.around, {})).outcomes.map(({waiting}) => waiting.id),
      [b],
    );
  }));

test('a no, an ID of none, and one that does not wait: nothing is discarded', () =>
  waiting(['/a', '/b'], async (user, [a, b]) => {
    const no = await fails(discard([a!], {ask: async () => false}, user.around));
    assert.equal([no.code, no.suggestions], ['usage', ['--yes answers the question.']]);
    assert.match((await fails(discard([a!, 'none'], yes, user.around))).message, /No report has the ID none/);
    assert.match((await fails(discard(['2'], yes, user.around))).message, /Several reports have the ID 2/);
    await discard([b!], yes, user.around);
    assert.match((await fails(discard([a!, b!], yes, user.around))).message, /does not wait: it was discarded/);
    assert.equal(stateOf(user), {[a!]: 'waiting', [b!]: 'discarded'});
  }));

test('--pending with an ID sends that report alone', () =>
  waiting(
    ['/a', '/b'],
    async (user, [a, b]) => {
      const {outcomes} = await sendPending({...pending, id: b!}, user.around, {});
      assert.equal(
        outcomes.map(({waiting, delivery}) => [waiting.id, delivery.delivered]),
        [[b, true]],
      );
      assert.equal(stateOf(user), {[a!]: 'waiting', [b!]: 'delivered'});
      assert.match((await fails(sendPending({...pending, id: b!}, user.around, {}))).message, /No waiting report has/);
    },
    [{status: 301}, {status: 301}, {status: 204}],
  ));

for (const status of [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451]) {
  test(`${status} is final: the report does not wait, and what it says is kept`, () =>
    waiting(
      ['/a'],
      async (user, [a]) => {
        const [entry] = history(undefined, user.around).entries;
        assert.equal([entry!.state, entry!.status, entry!.attempts], ['refused', status, 1]);
        assert.equal([user.list('outbox'), user.list('waiting')], [[], []]);
        assert.is(user.read('superseded', `${a}.json`), user.bytes);
        assert.equal((await sendPending(pending, user.around, {})).outcomes, []);
      },
      {status},
    ));
}

test('a run that was ended between the ledger and the move: it does not wait, and the next run moves it', () =>
  waiting(['/a', '/b'], async (user, [a, b]) => {
    const path = join(user.folder, 'ledger.jsonl');
    const line = JSON.parse(readFileSync(path, 'utf8').split('\n')[0]!);
    writeFileSync(path, `${JSON.stringify({...line, outcome: 'discarded'})}\n`, {flag: 'a'});
    assert.equal(stateOf(user), {[a!]: 'discarded', [b!]: 'waiting'});
    await discard([b!], yes, user.around);
    assert.equal(user.list('superseded').sort(), [`${a}.json`, `${b}.json`].sort());
  }));

test('by settings that others may have written nothing is discarded unasked, and who is asked is told', () =>
  waiting(['/a'], async (user, [a]) => {
    // What is read of a file is known to the process from then on.
    const around = {...user.around, env: {...user.around.env, XDG_CONFIG_HOME: join(user.folder, 'config')}};
    const file = userFilePath(around);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, `state-dir: ${user.folder}\nkeep-reports: 0\n`);
    chmodSync(file, 0o646);
    const unasked = {yes: true, ask: () => assert.unreachable() as never};
    const error = await fails(discard([a!], unasked, around));
    assert.is(error.code, 'input');
    assert.match(error.message, /^Somebody else may have written .*: its mode is 646\. Nothing was discarded\.$/);
    assert.equal(user.list('waiting'), [`${a}.json`]);
    const told: (string | undefined)[] = [];
    const asked = {
      ask: async (_: unknown, shared: string | undefined) => {
        told.push(shared);
        return true;
      },
    };
    await discard([a!], asked, around);
    assert.match(told.join(), /^The settings in .* are not this user's alone \(its mode is 646\)/);
  }));

test.run();
