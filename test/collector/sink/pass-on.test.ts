import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Sink, SinkTrouble} from '../../../src/collector/sink/contract.ts';
import {passOnTo} from '../../../src/collector/sink/pass-on.ts';
import {addressOf} from '../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../src/collector/store/sqlite/index.ts';
import {newFolder} from '../folder.ts';
import {eventually} from '../send.ts';
import {acceptedOn, eventOn, today} from '../store/suite.ts';

const name = 'stdout';
const around = {env: {}, keepDays: 400, keepReports: 30};

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
      return new Map();
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
      {store, around, bound: 1000, say: (line) => said.push(line), open: async () => sink, rest: 2000},
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
      if (isAway && some.some(isOut)) throw new SinkTrouble('x', {after: 3000});
    });
    const passing = start();
    await writer.append([acceptedOn(today, 1), eventOn(today, 1)]);
    await eventually(() => got.length === 1 && !passing.standing().up);
    const begun = performance.now();
    for (let i = 2; i < 5; i++) {
      await writer.append([acceptedOn(today, i), eventOn(today, i)]);
      await eventually(() => got.length === i);
    }
    isAway = false;
    await eventually(() => got.length === 8 && passing.standing().up);
    assert.ok(performance.now() - begun < 30_000);
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
      ...{store, around, bound: 1000, say: (line: string) => said.push(line)},
      async open() {
        if (++opened < 3) throw new SinkTrouble('no table');
        return {deliver: async () => new Map(), erase: async () => 'gone', async close() {}};
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

test.run();
