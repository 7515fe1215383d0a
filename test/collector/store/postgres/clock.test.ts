// Several processes have clocks of their own, and none speaks for another: real databases, writers as processes have them.
import * as assert from 'uvu/assert';
import type {ClockRecord} from '../../../../src/collector/clock.ts';
import type {Writer} from '../../../../src/collector/store/contract.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {acceptedOn, eventOn, millisecondsADay, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('clocks of several processes on PostgreSQL', ['postgres15']);
let server: Postgres;
test.before(async () => {
  server = await startPostgres({version: 15});
});

async function newStore() {
  const url = await server.newDatabase();
  const store = await storeAt(url);
  const ask = (statement: string) => server.ask(new URL(url).pathname.slice(1), statement);
  const problems = () => store.maintenance.problems();
  return {ask, problems, open: (instead?: Writer) => store.writer({create: true, instead})};
}
/** A record of a clock that trusts this time; with a span its dates are in doubt. */
function record(trusted: number, span?: number): ClockRecord {
  const spans = {open: span === undefined ? [] : [{id: span, shift: 0}], due: [], spans: span ?? 0};
  const state = span === undefined ? 'settled' : 'doubted';
  return {trusted, floor: trusted, wall: trusted, observed: 0, credit: 0, state, ...spans};
}
const standsStill = "UPDATE seldon_usage.clock SET seen = clock_timestamp() - interval '5 minutes'";
const trouble = async (work: Promise<unknown>) => {
  const said = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(said, StoreTrouble, String(said));
  return (said as StoreTrouble).message;
};

test('a process that stood still writes nothing over what another one made of its clock, and begins a new one', async () => {
  const {open, ask} = await newStore();
  const frozen = await open();
  await frozen.keepClock(record(1000, 1));
  await frozen.append([{...acceptedOn(today, 1), span: 1}]);
  await ask(standsStill);
  const heir = await open();
  assert.is((await heir.clock())!.trusted, 1000);
  await heir.keepClock(record(2000, 1));
  for (const late of [
    () => frozen.append([{...acceptedOn(today, 2), span: 1}]),
    async () => {
      await ask(`${standsStill} WHERE slot = 2`);
      await open().then((third) => third.clock());
      await frozen.countRefused(today, {'not-json': 1}, 1);
    },
  ]) {
    assert.match(await trouble(late()), /stood still/);
    await frozen.keepClock(record(1500, 1));
  }
  const kept = await ask("SELECT slot, (kept->>'trusted')::int AS trusted FROM seldon_usage.clock ORDER BY slot");
  assert.equal(kept[0], {slot: 1, trusted: 2000});
  assert.equal(await ask('SELECT * FROM seldon_usage.refused'), []);
});

test('what a process marked before it stood still is dated by who goes on with its clock, and by nobody else', async () => {
  const {open, ask} = await newStore();
  const frozen = await open();
  await frozen.keepClock(record(1000, 1));
  await frozen.append([{...acceptedOn(today, 1), span: 1}]);
  await ask(standsStill);
  const heir = await open();
  await heir.clock();
  assert.match(await trouble(frozen.redate({id: 1, shift: 9 * millisecondsADay}, 10)), /stood still/);
  await frozen.append([{...acceptedOn(today, 2), span: 1}]);
  assert.is(await heir.redate({id: 1, shift: millisecondsADay}, 10), 1);
  assert.is(await heir.redate({id: 1, shift: millisecondsADay}, 10), 0);
  assert.is(await frozen.redate({id: 1, shift: 2 * millisecondsADay}, 10), 1);
  const days = await ask('SELECT day, marked FROM seldon_usage.report ORDER BY day');
  assert.equal(
    days,
    [today + 1, today + 2].map((day) => ({day, marked: '0'})),
  );
});

test('reports are dated anew to a day that another process has erased meanwhile', async () => {
  const {open, ask} = await newStore();
  const [writer, other] = [await open(), await open()];
  await writer.keepClock(record(1000, 1));
  // The day is known to be there.
  await writer.append([acceptedOn(today - 9, 1), {...acceptedOn(today, 2), span: 1}]);
  while (await other.count({today, oldest: 0}, 100));
  const old = {received: (today - 5) * millisecondsADay, day: today - 5};
  assert.equal(await other.discard(old, 10), {reports: 1, days: 1});
  assert.is(await writer.redate({id: 1, shift: -9 * millisecondsADay}, 10), 1);
  assert.is(await writer.redate({id: 1, shift: -9 * millisecondsADay}, 10), 0);
  assert.equal(await ask('SELECT day, marked FROM seldon_usage.report'), [{day: today - 9, marked: '0'}]);
});

test('reports that are damaged in the store keep no other from the date that it should have, and are told of', async () => {
  const {open, ask, problems} = await newStore();
  const writer = await open();
  await writer.keepClock(record(1000, 1));
  const of = (one: number) => [acceptedOn(today, one), eventOn(today, one)];
  await writer.append([1, 2, 3].flatMap(of).map((one) => ({...one, span: 1})));
  assert.equal(await problems(), []);
  for (const [table, text] of [
    ['report', '{'],
    ['hodometer_report', 'null'],
  ] as const)
    await ask(
      `UPDATE seldon_usage.${table} SET body = '${text}' WHERE arrived = (SELECT min(arrived) FROM seldon_usage.${table})`,
    );
  let [count, all, damaged] = [1, 0, 0];
  const tell = (more: number) => {
    damaged += more;
  };
  for (; count > 0 && all < 100; all += count) count = await writer.redate({id: 1, shift: millisecondsADay}, 2, tell);
  assert.equal([all, damaged], [6, 2]);
  for (const table of ['report', 'hodometer_report'])
    assert.equal(
      await ask(`SELECT day, marked FROM seldon_usage.${table}`),
      Array.from({length: 3}, () => ({day: today + 1, marked: '0'})),
    );
  for (const table of ['cluster_day', 'hodometer_cluster_day'])
    assert.equal(
      await ask(`SELECT day, marked > 0 AS marked FROM seldon_usage.${table} ORDER BY day`),
      [today, today + 1, today + 1].map((day) => ({day, marked: day === today})),
    );
  assert.equal(await problems(), [`seldon_usage.report_${today + 1}: a report is not what was stored`]);
});

test('a slot that is made anew has from the start what its marks mean', async () => {
  const {open, ask} = await newStore();
  const frozen = await open();
  await frozen.keepClock(record(1000, 1));
  await ask(standsStill);
  await open().then((heir) => heir.clock());
  await trouble(frozen.append([{...acceptedOn(today, 1), span: 1}]));
  // And killed right after.
  await frozen.append([{...acceptedOn(today, 1), span: 1}]);
  await ask(`${standsStill} WHERE slot = 2`);
  const heir = await open();
  assert.equal((await heir.clock())!.open, [{id: 1, shift: 0}]);
  assert.is(await heir.redate({id: 1, shift: millisecondsADay}, 10), 1);
});

test('a process whose connections are made anew goes on with its own clock', async () => {
  const {open, ask} = await newStore();
  const first = await open();
  await first.keepClock(record(1000, 1));
  await first.append([{...acceptedOn(today, 1), span: 1}]);
  await first.close();
  const second = await open(first);
  assert.is(await second.redate({id: 1, shift: millisecondsADay}, 10), 1);
  await second.keepClock(record(2000));
  assert.is((await ask('SELECT * FROM seldon_usage.clock')).length, 1);
  // Nobody takes it for one that was left.
  const [{seen}] = (await ask("SELECT seen > now() - interval '1 minute' AS seen FROM seldon_usage.clock")) as [
    {seen: boolean},
  ];
  assert.is(seen, true);
});

test('of two that trust their clocks the one that is ahead erases nothing', async () => {
  const {open} = await newStore();
  const [right, ahead] = [await open(), await open()];
  await right.append([acceptedOn(today, 1)]);
  while (await right.count({today, oldest: 0}, 100));
  const now = Date.now();
  await right.keepClock(record(now));
  await ahead.keepClock(record(now + 730 * millisecondsADay));
  const tooOld = {received: (today + 700) * millisecondsADay, day: today + 330};
  assert.equal(await ahead.discard(tooOld, 10), {reports: 0, days: 0});
  // Once nobody contradicts it does.
  await right.close();
  assert.equal(await ahead.discard(tooOld, 10), {reports: 1, days: 1});
});

test('who starts believes the clock that agrees best with the database’s, not the one that is ahead', async () => {
  const {open} = await newStore();
  const now = Date.now();
  for (const off of [730, 0, -730]) await (await open()).keepClock(record(now + off * millisecondsADay));
  assert.is((await (await open()).clock())!.trusted, now);
});

test.run();
