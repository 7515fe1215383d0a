import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {addressOf} from '../../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../../src/collector/store/sqlite/index.ts';
import {newFolder} from '../../folder.ts';
import {acceptedOn, eventOn, millisecondsADay, today} from '../suite.ts';

const most = {reports: 100, bytes: 1 << 20};

for (const [what, bad, batches] of [
  ['in the middle', [2, 3], [[1], [], [4, 5]]],
  ['at the beginning', [1], [[], [2, 3, 4, 5]]],
  ['at the end', [5], [[1, 2, 3, 4], [], []]],
  ['everywhere', [1, 2, 3, 4, 5], [[], []]],
] as const) {
  test(`reports that are damaged in the store hold up no sink: ${what}`, async () => {
    const path = join(newFolder(), 'reports.db');
    const store = sqlite.at(addressOf(path));
    const writer = await store.writer({create: true});
    await writer.passOn(['a']);
    await writer.append([1, 2, 3, 4, 5].map((one) => acceptedOn(today, one)));
    const disk = new DatabaseSync(path);
    // As packed, and then another byte.
    for (const number of bad) disk.prepare("UPDATE report SET body = x'0128b52ffd00' WHERE id = ?").run(number);
    const queue = await store.queue();
    const got: number[][] = [];
    for (let i = 0; i < batches.length; i++) {
      const {reports} = await queue.next('a', most, 100);
      got.push(reports.map(({number}) => number));
      const upTo = reports.at(-1)?.number;
      if (upTo === undefined) continue;
      // As after trouble of the sink: the same comes again, and nothing is counted twice.
      assert.equal((await queue.next('a', most, 100)).reports, reports);
      await queue.settle('a', {kind: 'spartakus', upTo, delivered: reports.length, refused: new Map()}, Date.now());
    }
    assert.equal(got, batches);
    const {delivered, refused, waiting} = await queue.standing('a');
    assert.equal([delivered, refused, waiting], [5 - bad.length, bad.length, 0]);
    const kept = disk.prepare('SELECT number, outcome FROM undelivered ORDER BY number').all();
    assert.equal(
      kept.map(({number, outcome}) => [number, outcome]),
      bad.map((number) => [number, 'damaged in the store']),
    );
    disk.close();
    await queue.close();
    await writer.close();
  });
}

async function opened() {
  const store = sqlite.at(addressOf(join(newFolder(), 'reports.db')));
  const writer = await store.writer({create: true});
  await writer.passOn(['a']);
  return {writer, queue: await store.queue()};
}
const done = {delivered: 1, refused: new Map<number, string>()};

test('events wait as reports do, each kind in its order and neither behind the other; an erasing is of both', async () => {
  const {writer, queue} = await opened();
  await writer.append([acceptedOn(today, 1), eventOn(today, 1, {}, 'x'), eventOn(today, 2), acceptedOn(today, 2)]);
  const got: string[] = [];
  const {cluster} = eventOn(today, 2);
  await writer.forget(cluster, today);
  await writer.append([eventOn(today, 2)]);
  for (let i = 0; i < 9; i++) {
    const {reports, erase} = await queue.next('a', {reports: 1, bytes: 1}, 100);
    if (erase) await queue.erased('a', erase, 'gone', Date.now());
    if (erase) got.push(`-${erase.cluster}`);
    const [one] = reports;
    if (!one) continue;
    got.push(`${one.kind} ${one.number} ${one.once ?? ''}`.trim());
    await queue.settle('a', {...done, kind: one.kind, upTo: one.number}, 5);
  }
  assert.equal(got, ['spartakus 1', 'hodometer 1 x', 'spartakus 2', `-${cluster}`, 'hodometer 3']);
  assert.equal(await queue.standing('a'), {waiting: 0, delivered: 4, refused: 0, dropped: 0});
});

test('of a kind that is not asked for nothing comes, and it still waits', async () => {
  const {writer, queue} = await opened();
  await writer.append([eventOn(today, 1), acceptedOn(today, 1)]);
  const kinds = ['spartakus'] as const;
  const asked = async (how: Parameters<typeof queue.next>[4]) =>
    (await queue.next('a', most, 100, [], how)).reports.map(({kind}) => kind);
  assert.equal(await asked({kinds}), ['spartakus']);
  await queue.settle('a', {...done, kind: 'spartakus', upTo: 1}, 5);
  assert.equal(await asked({kinds}), []);
  assert.equal(await asked({}), ['hodometer']);
  assert.is((await queue.standing('a')).waiting, 1);
});

test('where a sink keeps dates what has one in doubt waits for the right one, with what came after it', async () => {
  const {writer, queue} = await opened();
  const fresh = {...acceptedOn(today - 3, 1), span: 1};
  const doubted = {...acceptedOn(today - 2, 2), span: 2, held: true};
  await writer.append([fresh, doubted]);
  await writer.append([acceptedOn(today, 3)]);
  const waiting = async (isDated: boolean) =>
    (await queue.next('a', most, 100, [], {dated: isDated ? ['spartakus'] : ['hodometer']})).reports.map(
      ({number, received}) => [number, received],
    );
  assert.equal(await waiting(true), [[1, fresh.received]]);
  assert.is((await waiting(false)).length, 3);
  while ((await writer.redate({id: 2, shift: 2 * millisecondsADay}, 100)) > 0);
  assert.equal((await waiting(true))[1], [2, doubted.received + 2 * millisecondsADay]);
  assert.is((await waiting(true)).length, 3);
});

test.run();
