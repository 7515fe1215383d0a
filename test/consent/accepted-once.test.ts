import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {AcceptedOnce, type Whose} from '../../src/consent/accepted-once.ts';

const [one, two] = ['11111111-2222-4333-8444-555555555555', '21111111-2222-4333-8444-555555555555'];
const by = (clusterID: string, context: string, server = `https://${context}`): Whose => ({
  clusterID,
  cluster: {context, server},
});

/** A look at a report with its wider clauses, and what of them is not agreed to; `kept`: it was agreed to as a whole. */
type Look = readonly [whose: Whose, wider: string[], rest: string[], kept?: 'kept'];

const cases: Record<string, Look[]> = {
  'the first look at a cluster settles what is agreed to': [
    [by(one, 'a'), ['x'], []],
    [by(one, 'a'), ['x', 'y'], ['y']],
    [by(one, 'a'), ['x'], [], 'kept'],
    [by(one, 'a'), ['x'], ['x']],
  ],
  'nothing was wider at the first look': [
    [by(one, 'a'), [], [], 'kept'],
    [by(one, 'a'), ['x'], ['x']],
  ],
  'another context of the same cluster, whatever its server': [
    [by(one, 'b'), ['x'], [], 'kept'],
    [by(one, 'a'), ['y'], ['y']],
  ],
  'other clusters agree for themselves': [
    [by(one, 'a'), ['x'], [], 'kept'],
    [by(two, 'b'), ['x'], []],
  ],
  'the context has another ID now': [
    [by(one, 'a'), ['x'], [], 'kept'],
    [by(two, 'a', 'https://moved'), ['x'], ['x']],
  ],
  'the server has another ID now, by another context': [
    [by(one, 'a', 'https://s'), ['x'], [], 'kept'],
    [by(two, 'b', 'https://s'), ['x'], ['x']],
  ],
  'a file that is another report now': [
    [{clusterID: one}, ['x'], [], 'kept'],
    [{clusterID: two}, ['x'], ['x']],
  ],
};
for (const [name, looks] of Object.entries(cases)) {
  test(name, () => {
    const once = new AcceptedOnce();
    for (const [whose, wider, rest, kept] of looks) {
      assert.equal(once.beyond(whose, wider), rest);
      if (kept) once.isKept(whose);
    }
  });
}

test('it is open until something of the cluster was agreed to', () => {
  const once = new AcceptedOnce();
  assert.is(once.isOpen(by(one, 'a')), true);
  once.beyond(by(one, 'a'), ['x']);
  assert.is(once.isOpen(by(one, 'b')), true);
  once.isKept(by(one, 'a'));
  for (const whose of [by(one, 'b'), by(two, 'a')]) assert.is(once.isOpen(whose), false);
  assert.is(once.isOpen(by(two, 'b')), true);
});

test.run();
