import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Sink, SinkTrouble} from '../../../src/collector/sink/contract.ts';
import {deliverEach} from '../../../src/collector/sink/each.ts';
import {passOnTo} from '../../../src/collector/sink/pass-on.ts';
import {addressOf} from '../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../src/collector/store/sqlite/index.ts';
import {newFolder} from '../../folder.ts';
import {eventually} from '../send.ts';
import {acceptedOn, eventOn, millisecondsADay, today} from '../store/suite.ts';

const name = 'stdout';
const around = {env: {}, keepDays: 400, keepReports: 30};
/** Nobody waits a second for what may be seen at once. */
const pace = {idle: 30, soonest: 100, latest: 60_000};

/** A store with a sink that does as it is told. */
async function rig(deliver: (bodies: string[], call: number) => void, erase: (cluster: string) => void = () => {}) {
  const store = sqlite.at(addressOf(join(newFolder(), 'reports.db')));
  const writer = await store.writer({create: true});
  await writer.passOn([name]);
  const got: string[] = [];
  const said: string[] = [];
  let calls = 0;
  const sink: Sink = {
    async deliver(reports) {
      const bodies = reports.map(({body}) => body);
      deliver(bodies, ++calls);
      got.push(...bodies);
      return {};
    },
    async erase(cluster) {
      erase(cluster);
      got.push(`-${cluster}`);
      return 'gone';
    },
    async close() {},
  };
  const start = () =>
    passOnTo(
      {kind: 'stdout', name},
      {
        store,
        around,
        bound: 1000,
        mostParked: 100,
        say: (line) => said.push(line),
        open: async () => sink,
        rest: 300,
        pace,
      },
    );
  return {store, writer, got, said, start};
}

const bodies = (...clusters: number[]) => clusters.map((one) => acceptedOn(today, one).body);

test('what waits is passed on, and what comes while it runs; a restart goes on where it stopped', async () => {
  const {writer, got, start} = await rig(() => {});
  await writer.append([acceptedOn(today, 1), acceptedOn(today, 2)]);
  const first = start();
  await eventually(() => got.length === 2);
  await writer.append([acceptedOn(today, 3)]);
  await eventually(() => got.length === 3);
  await eventually(() => first.standing().delivered === 3);
  await first.stop();
  await writer.append([acceptedOn(today, 4)]);
  await writer.forget(acceptedOn(today, 4).cluster, today);
  await writer.append([acceptedOn(today, 5)]);
  const second = start();
  await eventually(() => got.length === 5);
  await second.stop();
  assert.equal(got, [...bodies(1, 2, 3), `-${acceptedOn(today, 4).cluster}`, ...bodies(5)]);
});

test('trouble of the sink is told once, and all of it comes again', async () => {
  const {writer, got, said, start} = await rig((_, call) => {
    if (call < 3) throw new SinkTrouble('it answers 503');
  });
  await writer.append([acceptedOn(today, 1)]);
  const passing = start();
  await eventually(() => !passing.standing().up);
  await eventually(() => got.length === 1);
  await eventually(() => passing.standing().up);
  await passing.stop();
  assert.equal(got, bodies(1));
  assert.equal(said, [
    'The sink stdout takes no reports at present: it answers 503. They wait for it.',
    'The sink stdout takes reports again.',
  ]);
});

test('a sink that takes no events takes reports all the while, and the other way round', async () => {
  for (const isOut of [(body: string) => body.includes('cluster_id'), (body: string) => body.includes('clusterID')]) {
    let isAway = true;
    const {writer, got, said, start} = await rig((some) => {
      if (isAway && some.some(isOut)) throw new SinkTrouble('x', {after: 500});
    });
    const passing = start();
    await writer.append([acceptedOn(today, 1), eventOn(today, 1)]);
    await eventually(() => got.length === 1 && !passing.standing().up);
    for (let i = 2; i < 5; i++) {
      await writer.append([acceptedOn(today, i), eventOn(today, i)]);
      await eventually(() => got.length === i);
    }
    isAway = false;
    await eventually(() => got.length === 8 && passing.standing().up);
    await passing.stop();
    assert.is(said.length, 2, said.join());
    const noun = isOut('cluster_id') ? 'events' : 'reports';
    assert.is(said[0], `The sink stdout takes no ${noun} at present: x. They wait for it.`);
    assert.is(said[1], `The sink stdout takes ${noun} again.`);
  }
});

test('a sink that can’t be opened is told of once, and that it can be', async () => {
  const {store, writer, said} = await rig(() => {});
  await writer.append([acceptedOn(today, 1), eventOn(today, 1)]);
  let opened = 0;
  const passing = passOnTo(
    {kind: 'stdout', name},
    {
      ...{store, around, bound: 1000, mostParked: 100, say: (line: string) => said.push(line), pace},
      async open() {
        if (++opened < 3) throw new SinkTrouble('no table');
        return {deliver: async () => ({}), erase: async () => 'gone', async close() {}};
      },
    },
  );
  await eventually(() => !passing.standing().up);
  await eventually(() => passing.standing().up && passing.standing().delivered === 2, 20_000);
  await passing.stop();
  assert.equal(said, [
    'The sink stdout takes nothing at present: no table. Reports wait for it.',
    'The sink stdout takes reports again.',
  ]);
});

test('an erasing that has to wait is told of once, comes again, and holds up no report and no other erasing', async () => {
  let mayErase = false;
  const {cluster} = acceptedOn(today, 1);
  const {writer, got, said, start} = await rig(
    () => {},
    (asked) => {
      if (asked === cluster && !mayErase) throw new SinkTrouble('it is in the streaming buffer');
    },
  );
  await writer.append([acceptedOn(today, 1)]);
  const passing = start();
  await eventually(() => got.length === 1);
  await writer.forget(cluster, today);
  await eventually(() => said.length === 1);
  await writer.append([acceptedOn(today, 2)]);
  await writer.forget(acceptedOn(today, 3).cluster, today);
  await eventually(() => got.length === 3);
  assert.ok(passing.standing().up);
  mayErase = true;
  await eventually(() => got.length === 4);
  await passing.stop();
  assert.equal(got, [...bodies(1, 2), `-${acceptedOn(today, 3).cluster}`, `-${cluster}`]);
  assert.match(said[0]!, /can't erase a cluster yet: it is in the streaming buffer\. It is tried again\.$/);
});

test('stopping does not wait for a sink that is in trouble', async () => {
  const {writer, start} = await rig(() => {
    throw new SinkTrouble('x', {after: 1e9});
  });
  await writer.append([acceptedOn(today, 1)]);
  const passing = start();
  await eventually(() => !passing.standing().up);
  await passing.stop();
});

/** A store with a sink that takes reports each by itself, but for those of some clusters, and a clock that is told what time it is. */
async function rigOfEach(mostParked = 100) {
  const path = join(newFolder(), 'reports.db');
  const store = sqlite.at(addressOf(path));
  const writer = await store.writer({create: true});
  await writer.passOn([name]);
  const state = {
    bad: new Set<string>(),
    now: today * millisecondsADay,
    isDown: false,
    stuck: new Set<string>(),
    room: 1e9,
  };
  const got: string[] = [];
  const tried: string[] = [];
  const said: string[] = [];
  const sink: Sink = {
    deliver: (reports, how) =>
      deliverEach(
        reports,
        async ({cluster}) => {
          tried.push(cluster);
          if (state.isDown || state.room === 0 || state.stuck.has(cluster)) throw new SinkTrouble('it answers 503');
          if (state.bad.has(cluster)) return {own: new SinkTrouble('it answers 403')};
          state.room--;
          got.push(cluster);
          return {};
        },
        how,
      ),
    erase: async (cluster) => {
      got.push(`-${cluster}`);
      return 'gone';
    },
    async close() {},
  };
  const start = () =>
    passOnTo(
      {kind: 'stdout', name},
      {
        ...{store, around, bound: 10_000, mostParked, say: (line: string) => said.push(line)},
        ...{open: async () => sink, clock: () => state.now, pace},
      },
    );
  return {path, writer, state, got, tried, said, start};
}

const of = (cluster: number) => acceptedOn(today, cluster).cluster;
const minute = 60_000;

test('a report that the sink does not take while it takes others holds up none, comes when it is due, and is given up at last', async () => {
  // One is as many as may wait apart: it is given up sooner.
  const {writer, state, got, tried, said, start} = await rigOfEach(1);
  state.bad.add(of(1));
  await writer.append([1, 2, 3].map((one) => acceptedOn(today, one)));
  let passing = start();
  await eventually(() => passing.standing().parked === 1);
  assert.equal(got, [of(2), of(3)]);
  assert.equal(passing.standing(), {waiting: 1, parked: 1, delivered: 2, refused: 0, dropped: 0, up: true});
  assert.equal(said, [
    'The sink stdout takes others, and not 1 reports: it answers 403. They wait apart, and are tried again.',
  ]);
  // Before it is due it is not tried, however much goes on.
  await writer.append([acceptedOn(today, 4)]);
  await eventually(() => got.includes(of(4)));
  const times = () => tried.filter((one) => one === of(1)).length;
  assert.is(times(), 1);
  await passing.stop();
  passing = start();
  for (let tries = 1; tries < 5; tries++) {
    await eventually(() => passing.standing().parked === 1);
    assert.is(times(), tries);
    state.now += 1;
    await writer.append([acceptedOn(today, 10 + tries)]);
    await eventually(() => got.includes(of(10 + tries)));
    state.now += 2 ** tries * minute;
    await eventually(() => times() > tries);
  }
  await eventually(() => passing.standing().refused === 1);
  await passing.stop();
  const {parked, waiting, refused} = passing.standing();
  assert.equal([parked, waiting, refused, times()], [0, 0, 1, 5]);
  assert.is(
    said.at(-1),
    'The sink stdout took others, and never 1 reports, which are given up: it answers 403, 5 times.',
  );
});

test('a sink that takes fewer at a time than wait gets all of them, and few of them twice', async () => {
  const {writer, state, got, said, start} = await rigOfEach();
  state.room = 50;
  state.bad.add(of(7));
  await writer.append(Array.from({length: 110}, (_, i) => acceptedOn(today, i, {}, 1)));
  const passing = start();
  for (let taken = 50; taken <= 100; taken += 50) {
    await eventually(() => state.room === 0, 20_000);
    state.room = 50;
  }
  await eventually(() => passing.standing().up && passing.standing().waiting === 1, 20_000);
  await passing.stop();
  assert.is(new Set(got).size, 109);
  assert.ok(got.length < 109 + 3 * 8, `${got.length - 109} came twice`);
  assert.is(said.filter((line) => line.includes('at present')).length, 1, said.join());
});

test('what is on its way beside a report that is trouble of the sink does not come with each attempt at that', async () => {
  const {writer, state, got, tried, start} = await rigOfEach();
  state.stuck.add(of(1));
  await writer.append(Array.from({length: 20}, (_, i) => acceptedOn(today, 1 + i)));
  const passing = start();
  await eventually(() => tried.filter((one) => one === of(1)).length === 2, 20_000);
  assert.is(got.length, new Set(got).size, 'none came twice');
  state.stuck.clear();
  await eventually(() => passing.standing().delivered === 20, 20_000);
  await passing.stop();
  assert.ok(got.length < 20 + 8, `${got.length - 20} came twice`);
});

test('a bad report alone is trouble until another one shows that it is its own', async () => {
  const {writer, state, got, said, start} = await rigOfEach();
  state.bad.add(of(1));
  await writer.append([acceptedOn(today, 1)]);
  const passing = start();
  await eventually(() => !passing.standing().up);
  assert.is(passing.standing().parked, 0);
  await writer.append([acceptedOn(today, 2)]);
  await eventually(() => passing.standing().parked === 1, 20_000);
  assert.equal([got, passing.standing().up], [[of(2)], true]);
  assert.equal(
    said.map((line) => line.split(':')[0]),
    [
      'The sink stdout takes no reports at present',
      'The sink stdout takes others, and not 1 reports',
      'The sink stdout takes reports again.',
    ],
  );
  await passing.stop();
});

test('any number of bad reports at the head hold up what comes after them no longer than it takes to try them', async () => {
  const {writer, state, got, start} = await rigOfEach(5000);
  const bad = Array.from({length: 1500}, (_, i) => acceptedOn(today, i, {}, 1));
  for (const {cluster} of bad) state.bad.add(cluster);
  await writer.append(bad);
  await writer.append(Array.from({length: 300}, (_, i) => acceptedOn(today, 2000 + i, {}, 1)));
  const passing = start();
  await eventually(() => passing.standing().parked === 1500, 60_000);
  await eventually(() => passing.standing().waiting === 1500);
  assert.is(new Set(got).size, 300);
  assert.ok(got.length < 400, 'few of them came twice');
  await passing.stop();
});

test('where no more may wait apart it is trouble, and goes on once one of them is done', async () => {
  const {writer, state, got, start} = await rigOfEach(2);
  for (const one of [1, 2, 3]) state.bad.add(of(one));
  await writer.append([1, 2, 4, 3, 5].map((one) => acceptedOn(today, one)));
  const passing = start();
  await eventually(() => passing.standing().parked === 2 && !passing.standing().up);
  assert.is(passing.standing().delivered, 3 - 2);
  state.bad.delete(of(1));
  state.now += minute;
  await eventually(() => got.includes(of(1)), 20_000);
  await eventually(() => passing.standing().up && passing.standing().waiting === 2, 60_000);
  assert.ok(got.includes(of(5)));
  await passing.stop();
});

test('events that wait apart take no room from reports', async () => {
  const {writer, state, got, said, start} = await rigOfEach(1);
  for (const bad of [eventOn(today, 1), acceptedOn(today, 3)]) state.bad.add(bad.cluster);
  await writer.append([eventOn(today, 1), eventOn(today, 2)]);
  const passing = start();
  await eventually(() => passing.standing().parked === 1);
  await writer.append([acceptedOn(today, 3), acceptedOn(today, 4)]);
  await eventually(() => passing.standing().parked === 2, 20_000);
  assert.equal([got, passing.standing().up], [[eventOn(today, 2).cluster, of(4)], true]);
  assert.is(
    said.at(-1),
    'The sink stdout takes others, and not 1 reports: it answers 403. They wait apart, and are tried again.',
  );
  await passing.stop();
});

test('where no more may wait apart, what does is given up although nothing else goes on', async () => {
  const {path, writer, state, got, start} = await rigOfEach(1);
  for (let i = 1; i < 20; i++) state.bad.add(of(i));
  await writer.append([1, 30].map((one) => acceptedOn(today, one)));
  let passing = start();
  await eventually(() => passing.standing().parked === 1);
  await passing.stop();
  await writer.append(Array.from({length: 18}, (_, i) => acceptedOn(today, 2 + i)));
  await writer.append([acceptedOn(today, 31)]);
  const disk = new DatabaseSync(path);
  disk.prepare('UPDATE parked SET tries = 4, due = ?').run(state.now + 8 * minute);
  disk.close();
  got.length = 0;
  state.now += 1;
  passing = start();
  await eventually(() => got.includes(of(31)) && !passing.standing().up, 20_000);
  state.now += 8 * minute;
  await eventually(() => passing.standing().refused === 1, 20_000);
  // And makes room for one of the others.
  await eventually(() => passing.standing().parked === 1);
  await passing.stop();
});

test('a sink in trouble has nothing given up, and what waits apart goes on with the rest', async () => {
  const {writer, state, got, start} = await rigOfEach();
  state.bad.add(of(1));
  await writer.append([1, 2].map((one) => acceptedOn(today, one)));
  const passing = start();
  await eventually(() => passing.standing().parked === 1);
  state.isDown = true;
  for (let i = 0; i < 2; i++) {
    state.now += 240 * minute;
    await writer.append([acceptedOn(today, 10 + i)]);
    await eventually(() => !passing.standing().up);
  }
  state.isDown = false;
  state.bad.clear();
  state.now += 240 * minute;
  await eventually(() => got.length === 4, 60_000);
  await eventually(() => passing.standing().waiting === 0);
  assert.is(passing.standing().refused, 0);
  await passing.stop();
});

test('nothing of a cluster is passed on after it was erased at the sink', async () => {
  const {writer, state, got, start} = await rigOfEach();
  state.bad.add(of(1));
  await writer.append([1, 2].map((one) => acceptedOn(today, one)));
  const passing = start();
  await eventually(() => passing.standing().parked === 1);
  await writer.forget(of(1), today);
  await eventually(() => got.includes(`-${of(1)}`));
  state.bad.clear();
  state.now += 240 * minute;
  await writer.append([acceptedOn(today, 3)]);
  await eventually(() => got.includes(of(3)));
  await eventually(() => passing.standing().waiting === 0);
  assert.equal(got, [of(2), `-${of(1)}`, of(3)]);
  await passing.stop();
});

test.run();
