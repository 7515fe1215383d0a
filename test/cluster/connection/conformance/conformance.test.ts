// The table: what kubectl does, the program does. Each case is given to both in one run.
import * as assert from 'uvu/assert';
import {rigSuite} from '../../../rig/available.ts';
import {credentialCases} from './credential-cases.ts';
import {dialCases, placeCases} from './place-cases.ts';
import {type Case, trustCases} from './trust-cases.ts';
import {both, makeWorld, type Outcome, type World} from './world.ts';

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

test('holds enough cases, each by a name of its own', () => {
  assert.ok(all.length >= 150, `${all.length}`);
  assert.is(new Set(all.map(([title]) => title)).size, all.length);
});

test.run();
