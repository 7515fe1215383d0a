import * as assert from 'uvu/assert';
import {makeWorld, otherPaths, recordPath, release, tryChange, type World} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';

for (const major of [3, 4] as const) {
  const test = rigSuite<{world: World}>(`helm ${major}: enable, disable, enable`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
  });

  test('changes the value, the usage objects and nothing else', async ({world}) => {
    await world.reset();
    const versions = await world.versions();
    const {chart} = JSON.parse(await world.record());
    for (const [revision, on] of [
      [2, true],
      [3, false],
      [4, true],
    ] as const) {
      const {changed, error} = await tryChange(world, {to: on});
      assert.is(error, undefined, `${error?.message} ${error?.suggestions}`);
      assert.equal([changed?.outcome, changed?.revision], ['changed', revision]);
      assert.is(await world.usageThere(), on ? 5 : 0);
      assert.equal(await world.versions(), versions);
      const record = await world.record();
      for (const exact of [
        '"limit":9007199254740993',
        '"extra":{"list":[1,9007199254740995]}',
        '"text":"false"',
        '"watch":null',
        `"usageMetrics":{"enabled":${on}}`,
      ])
        assert.ok(record.includes(exact), exact);
      // Rebuilt from the record, with the file that .helmignore names.
      assert.equal(JSON.parse(record).chart, chart);
      const {labels} = (await world.get(recordPath(revision))).metadata;
      assert.is(labels.team, 'search');
    }
    assert.equal(
      (await world.history()).map(({revision, status}) => `${revision} ${status}`),
      ['1 superseded', '2 superseded', '3 superseded', '4 deployed'],
    );
  });

  test('leaves a release that Helm can roll back and uninstall', async ({world}) => {
    await world.reset();
    assert.is((await tryChange(world, {})).changed?.outcome, 'changed');
    const secret = await world.get(otherPaths[2]!);
    await world.helm('rollback', release, '1', '--no-hooks');
    assert.is(await world.usageThere(), 0);
    assert.equal((await world.get(otherPaths[2]!)).data, secret.data);
    await world.helm('uninstall', release, '--no-hooks');
    assert.is(await world.get(otherPaths[5]!), undefined);
  });

  test.run();
}
