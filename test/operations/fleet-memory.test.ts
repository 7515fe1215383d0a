import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {countedOnce, type Placed} from '../../src/operations/fleet.ts';
import {FleetMemory} from '../../src/operations/fleet-memory.ts';
import {heedNos} from '../../src/operations/heed-nos.ts';
import {nodes} from './traits.ts';
import {member, numbers, type View} from './views.ts';

/** One round of a process that stays. */
async function round(read: readonly Placed<string>[], memory: FleetMemory): Promise<Placed<string>[]> {
  const heeded = await heedNos(read, memory.past(read));
  const members = countedOnce(heeded, memory.counted(read.map(({context}) => context)));
  memory.learn(read, members);
  return members;
}
const away = (context: string): Placed<string> => ({context, error: new UserError('cluster', 'no answer')});
const here = {place: 'https://here\n'};
const one: View = {maps: {'kube-system': 'k'}, traits: here};

test('one that comes back when the other is not due is told as the same', async () => {
  const memory = new FleetMemory();
  assert.is((await round([away('a'), await member('b', one)], memory))[1]!.result, 'of b');
  assert.is((await round([await member('a', one)], memory))[0]!.sameAs, 'b');
});

test('a server that shows the ConfigMap of another cluster takes the place of none', async () => {
  const memory = new FleetMemory();
  const copy = {maps: one.maps};
  const [first, second] = await round([await member('copy', copy), await member('a', one)], memory);
  assert.equal([first!.result, second!.result], ['of copy', 'of a']);
  assert.is((await round([await member('a', one)], memory))[0]!.result, 'of a');
});

test('for one that went away another stands in', async () => {
  const memory = new FleetMemory();
  await round([await member('a', one), await member('b', one)], memory);
  assert.is((await round([away('a'), await member('b', one)], memory))[1]!.result, 'of b');
});

test('nor does one that has gone away since stand in for another', async () => {
  const memory = new FleetMemory();
  for (const read of [await member('a', one), away('a')]) await round([read], memory);
  assert.is((await round([await member('b', one)], memory))[0]!.result, 'of b');
});

test('one that is not sent stands in for nobody', async () => {
  const memory = new FleetMemory();
  await round([await member('a', {maps: {'kube-system': 'k'}, refused: ['kube-system']})], memory);
  assert.is((await round([await member('b', one)], memory))[0]!.result, 'of b');
});

test('a ConfigMap that was made since shows no other cluster: it counts once, and where one has looked the other does', async () => {
  const memory = new FleetMemory();
  await round([await member('a', {maps: {}, finds: ['ops'], traits: here})], memory);
  const stored = {'kube-system': 'k'};
  assert.is((await round([await member('b', {maps: stored, traits: here})], memory))[0]!.sameAs, 'a');
  const [heeded] = await round([await member('b', {maps: {...stored, ops: 'u!'}, traits: here})], memory);
  assert.match(String(heeded!.error), /namespace ops says/);
});

test('a context that leads to another cluster by now takes no no of the first away, and that it is gone there does', async () => {
  const memory = new FleetMemory();
  const narrow: View = {maps: {ops: 'u!', 'kube-system': 'k'}, refused: ['ops'], traits: here};
  await round([await member('a', {maps: narrow.maps, finds: ['ops'], traits: here})], memory);
  const elsewhere: View = {maps: {'kube-system': 'other'}};
  for (let i = 0; i < 2; i++) {
    const [other, heeded] = await round([await member('a', elsewhere), await member('b', narrow)], memory);
    assert.is(other!.result, 'of a');
    assert.match(String(heeded!.error), /as the context a sees/);
  }
  await round([await member('a', {maps: {ops: 'u', 'kube-system': 'k'}, finds: ['ops'], traits: here})], memory);
  assert.is((await round([await member('b', narrow)], memory))[0]!.sameAs, 'a');
});

test('contexts that come and go as chance will have it: no report leaves in spite of a no that was seen and stands', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const next = numbers(seed);
    const chance = (share: number) => next() < share;
    const memory = new FleetMemory();
    const saysNo = new Set<number>();
    const mapsOf = (at: number) => ({ops: `ops-${at}${saysNo.has(at) ? '!' : ''}`, 'kube-system': `kube-system-${at}`});
    const contexts = Array.from({length: 5}, (_, i) => {
      const at = Math.floor(next() * 2);
      const finds = chance(0.5) ? ['ops'] : [];
      const refused = chance(0.4) ? ['ops'] : [];
      return {name: `context-${i}`, at, finds, refused, nodes: chance(0.5) ? nodes(`node-${at}`) : undefined};
    });
    /** Those that have seen the no when they were read last. */
    const seen = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const at = Math.floor(next() * 2);
      if (chance(0.3)) if (!saysNo.delete(at)) saysNo.add(at);
      const due = contexts.filter(() => chance(0.5));
      const read = await Promise.all(
        due.map(({name, at, ...view}) =>
          chance(0.3) ? away(name) : member(name, {...view, maps: mapsOf(at), traits: {ca: `CA ${at}`}}),
        ),
      );
      for (const {context, traits, error} of read)
        if (traits) seen[error instanceof UserError ? 'add' : 'delete'](context);
      for (const {context, result} of await round(read, memory)) {
        const {at} = contexts.find(({name}) => name === context)!;
        const known = contexts.some((other) => other.at === at && seen.has(other.name));
        assert.not.ok(result !== undefined && known && saysNo.has(at), `world ${seed}, turn ${turn}, ${context}`);
      }
    }
  }
});

test.run();
