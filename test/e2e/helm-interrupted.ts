// Helm or the program is ended in the middle of a change, with both Helms: what is said, what is left, and that Helm's own
// rollback, as it is proposed, brings everything back.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {globSync, mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {exitCodes} from '../../src/errors.ts';
import {writeSlowHelm} from '../helm/slow-helm.ts';
import {makeWorld, namespace, recordPath, release, tryChange, type World} from '../helm/world.ts';
import {program as built, cacheHome} from '../program.ts';
import {rigSuite} from '../rig/available.ts';

/**
 * Helm so slow in the change, not in the rehearsal, that it is still at work when its record is seen; it leaves its process ID.
 * Before the change it runs `first`.
 */
function slowHelm(world: World, first = ':'): {path: string; pid(): number} {
  const folder = join(world.folder, 'slow');
  mkdirSync(folder, {recursive: true});
  const path = join(folder, 'helm');
  writeSlowHelm(path, world.helmPath, `${first}; echo $$ > ${folder}/pid`);
  return {path, pid: () => Number(readFileSync(join(folder, 'pid'), 'utf8'))};
}

async function seen(world: World, path: string): Promise<void> {
  while (!(await world.get(path))) await sleep(10);
}

/** The rollback that is proposed, run by this Helm against this cluster. */
async function rollBack(world: World, said: string): Promise<void> {
  assert.match(said, /helm rollback core 1 --no-hooks --history-max 0 .*--kube-context rig --namespace seldon/);
  await world.helm('rollback', release, '1', '--no-hooks', '--history-max', '0');
}

interface Row {
  /** Ends something once the new record is there. */
  end(helm: number, abort: AbortController): void;
  code: keyof typeof exitCodes;
  says: RegExp;
  left: string;
}

const rows: Record<string, Row> = {
  'Helm is killed': {
    end: (helm) => process.kill(helm, 'SIGKILL'),
    code: 'helm',
    says: /Helm failed: it ended by SIGKILL[\s\S]*Left behind: revision 2 \(pending-upgrade\)/,
    left: 'pending-upgrade',
  },
  'Helm is terminated': {
    end: (helm) => process.kill(helm, 'SIGTERM'),
    code: 'helm',
    says: /Helm failed: UPGRADE FAILED: .*context canceled[\s\S]*Left behind: revision 2 \(failed\)/,
    left: 'failed',
  },
  'the person presses Ctrl-C': {
    end: (_, abort) => abort.abort('SIGINT'),
    code: 'interrupted',
    says: /Interrupted while Helm was at work.*context canceled[\s\S]*Left behind: revision 2 \(failed\)/,
    left: 'failed',
  },
  'the program is terminated': {
    end: (_, abort) => abort.abort('SIGTERM'),
    code: 'interrupted',
    says: /Interrupted while Helm was at work.*context canceled[\s\S]*Left behind: revision 2 \(failed\)/,
    left: 'failed',
  },
};

/** The suite of one Helm: a file for each, since both together take minutes. */
export function interrupted(major: 3 | 4) {
  const test = rigSuite<{world: World}>(`helm ${major}: interrupted`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
  });

  for (const [name, {end, code, says, left}] of Object.entries(rows)) {
    test(name, async ({world}) => {
      await world.reset();
      const versions = await world.versions();
      const slow = slowHelm(world);
      const abort = new AbortController();
      const running = tryChange(world, {helm: slow.path, signal: abort.signal});
      await seen(world, recordPath(2));
      end(slow.pid(), abort);
      const {error, changed} = await running;
      const said = [error?.message, ...(error?.suggestions ?? [])].join('\n');
      assert.is(changed, undefined);
      assert.is(error?.code, code, said);
      assert.match(said, says);
      assert.match(said, /Live now, so that usage metrics may be on|No usage object is live/);
      assert.is((await world.history()).at(-1)?.status, left);
      const again = await tryChange(world, {});
      assert.is(again.error?.code, 'release');
      await rollBack(world, said);
      assert.is(await world.usageThere(), 0);
      assert.equal(await world.versions(), versions);
    });
  }

  test('the program is killed: Helm has nothing to speak to, no credential is left, and the next command sweeps', async ({
    world,
  }) => {
    await world.reset();
    const temporary = join(world.folder, `tmp${major}`);
    mkdirSync(temporary);
    const slow = slowHelm(world);
    const env = {...process.env, TMPDIR: temporary, XDG_CACHE_HOME: cacheHome};
    const args = ['enable', '--yes', '--kubeconfig', world.kubeconfig, '--helm', slow.path];
    const program = spawn(process.execPath, [built, ...args], {
      stdio: 'ignore',
      env,
    });
    await seen(world, recordPath(2));
    const ended = once(program, 'close');
    program.kill('SIGKILL');
    await ended;
    while (isRunning(slow.pid())) await sleep(20);
    assert.is((await world.history()).at(-1)?.status, 'pending-upgrade');
    assert.is(readdirSync(temporary).length, 1);
    for (const text of contents(temporary))
      for (const credential of [world.server.tokens.admin!, world.server.url, world.server.adminKey.split('\n')[1]!])
        assert.not.ok(text.includes(credential), credential);
    const status = spawnSync(process.execPath, [built, 'status', '--kubeconfig', world.kubeconfig], {
      ...{env, encoding: 'utf8'},
    });
    assert.match(status.stdout, /pending-upgrade/, status.stderr);
    assert.equal(readdirSync(temporary), []);
    const {error} = await tryChange(world, {});
    await rollBack(world, [error?.message, ...(error?.suggestions ?? [])].join('\n'));
    assert.is(await world.usageThere(), 0);
  });

  test('Ctrl-C at the program itself ends with 130, and leaves no private folder', async ({world}) => {
    await world.reset();
    const temporary = join(world.folder, `tmp-int${major}`);
    mkdirSync(temporary);
    const slow = slowHelm(world);
    const args = ['enable', '--yes', '--kubeconfig', world.kubeconfig, '--helm', slow.path];
    const program = spawn(process.execPath, [built, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {...process.env, TMPDIR: temporary, XDG_CACHE_HOME: cacheHome},
    });
    let said = '';
    program.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => program.once('close', resolve));
    await seen(world, recordPath(2));
    program.kill('SIGINT');
    assert.is(await ended, exitCodes.interrupted, said);
    assert.match(said, /Interrupted while Helm was at work/);
    assert.equal(readdirSync(temporary), []);
    await rollBack(world, said);
    assert.is(await world.usageThere(), 0);
  });

  test('the API server goes away: what can be known without it is said', async ({world}) => {
    await world.reset();
    const slow = slowHelm(world);
    const running = tryChange(world, {helm: slow.path});
    await seen(world, recordPath(2));
    await world.server.kill();
    const {error} = await running;
    const said = [error?.message, ...(error?.suggestions ?? [])].join('\n');
    assert.is(error?.code, 'helm', said);
    assert.match(
      said,
      /What is live now could not be read[\s\S]*If revision 2 is there and failed or pending, go back/,
    );
    await world.server.restart();
    await rollBack(world, said);
    assert.is(await world.usageThere(), 0);
  });

  const upgradeOfAnother = ({helmPath, kubeconfig, chart}: World) =>
    `${helmPath} upgrade ${release} ${chart} --reuse-values --set note=theirs --no-hooks --kubeconfig ${kubeconfig} -n ${namespace} >/dev/null`;

  test('somebody else upgrades at the last moment: theirs stays, and nothing of ours is added', async ({world}) => {
    await world.reset();
    const {error} = await tryChange(world, {helm: slowHelm(world, upgradeOfAnother(world)).path});
    const said = [error?.message, ...(error?.suggestions ?? [])].join('\n');
    assert.is(error?.code, 'release', said);
    assert.match(said, /somebody else changed the last revision[\s\S]*Left behind: revision 2 \(deployed\)/);
    assert.not.match(said, /helm rollback/);
    assert.equal(
      (await world.history()).map(({revision, status}) => `${revision} ${status}`),
      ['1 superseded', '2 deployed'],
    );
    assert.is(await world.usageThere(), 0);
  });

  test('interrupted before the change: nothing was changed', async ({world}) => {
    await world.reset();
    const abort = new AbortController();
    const running = tryChange(world, {signal: abort.signal});
    abort.abort('SIGINT');
    const {error} = await running;
    assert.equal([error?.code, error?.message], ['interrupted', 'Interrupted. Nothing was changed.']);
    assert.is((await world.history()).length, 1);
  });

  test('two at once: one changes it, the other says so, and there is one new revision', async ({world}) => {
    await world.reset();
    const [a, b] = await Promise.all([tryChange(world, {}), tryChange(world, {})]);
    const [winner, loser] = a.changed ? [a, b] : [b, a];
    assert.is(winner.changed?.outcome, 'changed');
    assert.ok(loser.error?.code === 'release' || loser.error?.code === 'helm', loser.error?.message);
    assert.is((await world.history()).length, 2);
    assert.is(await world.usageThere(), 5);
  });
  return test;
}

/** The text of every file below a folder. */
function contents(folder: string): string[] {
  const files = globSync('**/{*,.*}', {cwd: folder}).map((name) => join(folder, name));
  return files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'latin1'));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
