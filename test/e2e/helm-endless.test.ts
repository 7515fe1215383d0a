// A chart whose templates never come to an end, or take all memory: a person gets out of it, and nothing is changed.
import {chmodSync, existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {base64} from '../helm/hostile-records.ts';
import {putRecord} from '../helm/put-record.ts';
import {type Ended, makeWorld, recordPath, tryChange, type World} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';

const said = ({error}: Ended) => [error?.message, ...(error?.suggestions ?? [])].join('\n');

/** Rendered by every run. */
const rendering = (world: World, text: string) =>
  putRecord(world, 1, ({chart}) => chart.templates.push({name: 'templates/endless.yaml', data: base64(text)}));

/** No list that long is ever made: each round begins the next. */
const endless = '{{- range until 100000 }}{{ range until 100000 }}{{ $_ := . }}{{ end }}{{ end }}';

/** Doubled forty times. */
const greedy = `{{- $all := repeat 1024 "x" }}{{ range until 40 }}{{ $all = print $all $all }}{{ end }}{{ $all }}`;

/** Helm, which says when it begins: in a rehearsal, or in the change. */
function telling(world: World, name: string, when: string, then: string): {path: string; begun: () => Promise<void>} {
  const folder = join(world.folder, name);
  mkdirSync(folder, {recursive: true});
  const path = join(folder, 'helm');
  const ready = `: >${folder}/ready\n${then}`;
  const [rehearsal, change] = when === 'rehearsal' ? [ready, ''] : ['', ready];
  writeFileSync(
    path,
    `#!/bin/sh\ncase "$*" in\nversion*) ;;\n*--dry-run*) ${rehearsal || ':'} ;;\n*) ${change || ':'} ;;\nesac\nexec ${world.helmPath} "$@"\n`,
  );
  chmodSync(path, 0o755);
  return {
    path,
    async begun() {
      while (!existsSync(join(folder, 'ready'))) await sleep(10);
    },
  };
}

for (const major of [3, 4] as const) {
  const test = rigSuite<{world: World}>(`helm ${major}: without end`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
  });
  test.before.each(({world}) => world.reset());

  // The one and the other: what a signal does is ours.
  for (const signal of major === 3 ? ['SIGINT'] : ['SIGTERM'])
    test(`${signal} during a rehearsal that never ends`, async ({world}) => {
      await rendering(world, endless);
      const helm = telling(world, `rehearsal-${signal}`, 'rehearsal', '');
      const abort = new AbortController();
      const running = tryChange(world, {helm: helm.path, signal: abort.signal});
      await helm.begun();
      const from = performance.now();
      abort.abort(signal);
      const ended = await running;
      // Without the bound it takes two minutes.
      assert.ok(performance.now() - from < 60_000);
      assert.equal([ended.error?.code, ended.error?.message], ['interrupted', 'Interrupted. Nothing was changed.']);
      assert.is(await world.get(recordPath(2)), undefined);
    });

  test('Ctrl-C during a change that never comes to its first write', async ({world}) => {
    // As Helm while it renders: it ends by no signal but one.
    const helm = telling(world, 'change', 'change', "trap '' INT TERM; while :; do sleep 0.1; done");
    const abort = new AbortController();
    const running = tryChange(world, {helm: helm.path, signal: abort.signal});
    await helm.begun();
    abort.abort('SIGINT');
    const ended = await running;
    assert.is(ended.error?.code, 'interrupted', said(ended));
    assert.match(said(ended), /The release is unchanged at revision 1/);
    assert.is(await world.get(recordPath(2)), undefined);
    assert.is(await world.usageThere(), 0);
  });

  test('a chart that takes all memory', async ({world}) => {
    // The watch is Linux's alone; elsewhere this would take the machine's memory.
    if (process.platform !== 'linux') return;
    await rendering(world, greedy);
    const ended = await tryChange(world, {});
    assert.is(ended.error?.code, 'release', said(ended));
    assert.match(said(ended), /takes more than a gigabyte of memory in the rehearsal; nothing was changed/);
    assert.is(await world.get(recordPath(2)), undefined);
  });

  test.run();
}
