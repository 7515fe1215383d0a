// The table: what kubectl does, the program does. Each case is given to both in one run.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {KubeConfig} from '@kubernetes/client-node';
import * as assert from 'uvu/assert';
import {resolveTarget} from '../../../../src/cluster/connection/resolve-target.ts';
import {rigSuite} from '../../../rig/available.ts';
import {bareSurroundings, temporaryFolder} from '../connecting.ts';
import {credentialCases} from './credential-cases.ts';
import {dialCases, placeCases} from './place-cases.ts';
import {type Case, trustCases} from './trust-cases.ts';
import {both, configOf, makeWorld, type Outcome, type World} from './world.ts';

const all: readonly Case[] = [...trustCases, ...credentialCases, ...placeCases, ...dialCases];

/** Starts of kubectl at a time: each takes a core for a tenth of a second. */
const atATime = 4;

const test = rigSuite('conformance to kubectl', ['apiserver', 'kubectl']);
const outcomes = new Map<Case, {ours: Outcome; theirs: Outcome} | Error>();
let world: World;

test.before(async () => {
  world = await makeWorld();
  const waiting = [...all];
  await Promise.all(
    Array.from({length: atATime}, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        outcomes.set(next, await both(world, next[1](world)).catch((error) => error as Error));
    }),
  );
});
test.after(() => void world.close());

for (const each of all) {
  const [title, , refused] = each;
  test(title, () => {
    const result = outcomes.get(each);
    if (result instanceof Error || !result) throw result;
    const {ours, theirs} = result;
    const kubectl = `kubectl: ${JSON.stringify(theirs)}\nours: ${JSON.stringify(ours)}`;
    assert.is('error' in theirs.seen, refused === 'refused', kubectl);
    if (refused) assert.ok('error' in ours.seen, kubectl);
    else assert.equal(ours.seen, theirs.seen, kubectl);
    assert.equal(ours.dialled, theirs.dialled, kubectl);
    if ('error' in ours.seen) assert.not.match(ours.seen.error, /planted|^BUG|rights|create clusterrole/, kubectl);
  });
}

/** Cases that kubectl takes and client-node's reader does not, or otherwise. */
const clientNodeIsWrong: readonly string[] = [
  // It takes slashes off the end of a server.
  ...['a server with /', 'a server with //', 'a server with /a/'],
  // It reads UTF-8 alone.
  ...['UTF-16, little-endian', 'UTF-16, big-endian', 'UTF-16 YAML', 'UTF-16 YAML, big-endian', 'lone CR in UTF-16'],
  // It has bytes for them, or refuses them.
  ...['!!binary', '!!binary over lines', '!!binary of a CA'],
  ...['a null user in the list', 'a nameless cluster and user without contexts'],
];

test("client-node's reader says the same where it is right", () => {
  const path = join(temporaryFolder(), 'config');
  let compared = 0;
  const differing = all.flatMap(([title, make, refused]) => {
    const setting = make(world);
    if (refused || setting.env || setting.options || setting.files) return [];
    writeFileSync(path, setting.text ?? configOf(world, setting));
    compared++;
    const {cluster, user} = resolveTarget({kubeconfig: path}, bareSurroundings());
    const config = new KubeConfig();
    try {
      config.loadFromFile(path);
    } catch {
      return [title];
    }
    const theirs = [config.getCurrentCluster()?.server, config.getCurrentUser()?.token ?? ''];
    return JSON.stringify(theirs) === JSON.stringify([cluster.server, user.token ?? '']) ? [] : [title];
  });
  assert.ok(compared > 80, `${compared}`);
  assert.equal(differing, clientNodeIsWrong);
});

test('holds enough cases, each by a name of its own', () => {
  assert.ok(all.length >= 150, `${all.length}`);
  assert.is(new Set(all.map(([title]) => title)).size, all.length);
});

test.run();
