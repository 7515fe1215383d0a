import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Apart, SinkTrouble} from '../../../src/collector/sink/contract.ts';
import {atOnce, deliverEach, type Outcome} from '../../../src/collector/sink/each.ts';
import type {Passed} from '../../../src/collector/store/queue.ts';

const reportsOf = (from: number, to: number) =>
  Array.from({length: to - from + 1}, (_, i) => ({kind: 'spartakus', number: from + i}) as Passed);
const bad = () => ({own: new SinkTrouble('it answers 403')});
const stumbles = () => ({own: new SinkTrouble('it answers 500'), isDoubtful: true});

/** A sink that answers by number, and what it was asked. */
function sinkOf(answer: (number: number) => Outcome | SinkTrouble) {
  const asked: number[] = [];
  const pass = async ({number}: Passed) => {
    asked.push(number);
    await new Promise((resolve) => setImmediate(resolve));
    const said = answer(number);
    if (said instanceof SinkTrouble) throw said;
    return said;
  };
  return {asked, pass};
}

/** What waits further on, given out in these portions. */
function apart(room: number, ...portions: (readonly Passed[])[]): Apart & {readonly behind: number[]} {
  const behind: number[] = [];
  return {
    ...{room, behind},
    async further(number) {
      behind.push(number);
      return portions.shift() ?? [];
    },
  };
}

const troubleOf = async (promise: Promise<unknown>): Promise<SinkTrouble> => {
  const error = await promise.catch((one: unknown) => one);
  assert.ok(error instanceof SinkTrouble, String(error));
  return error;
};
const plain = ({tried, refused, later}: Awaited<ReturnType<typeof deliverEach>>) => ({
  ...{tried, refused: [...refused!], later: [...later!].toSorted()},
});

test('one that is not taken while others are waits apart, wherever it is', async () => {
  for (const one of [1, 5, 20]) {
    const {pass, asked} = sinkOf((number) => (number === one ? bad() : number === 3 ? {refused: 'no'} : {}));
    const how = apart(5);
    assert.equal(plain(await deliverEach(reportsOf(1, 20), pass, how)), {
      ...{tried: 20, refused: [[3, 'no']], later: [[one, 'it answers 403']]},
    });
    assert.is(asked.length, 20);
    assert.equal(how.behind, [], 'nothing else is tried');
  }
});

test('where none is taken it is trouble, and so it is where nothing may wait apart', async () => {
  const {pass, asked} = sinkOf(bad);
  assert.is((await troubleOf(deliverEach(reportsOf(1, 100), pass, apart(100)))).message, 'it answers 403');
  assert.ok(asked.length < 2 * atOnce, 'no more of them are tried than were on their way');
  for (const how of [undefined, apart(0)]) {
    const some = sinkOf((number) => (number === 1 ? bad() : {}));
    const {tried, took, trouble} = await deliverEach(reportsOf(1, 100), some.pass, how);
    assert.equal([tried, took, trouble?.message], [0, true, 'it answers 403']);
    assert.ok(some.asked.length <= 2 * atOnce);
  }
  // That it takes others is known all the same, of those further on where these are all bad.
  const {tried, took, trouble} = await deliverEach(
    reportsOf(1, 9),
    sinkOf((number) => (number < 99 ? bad() : {})).pass,
    {
      ...apart(0, reportsOf(99, 99)),
    },
  );
  assert.equal([tried, took, trouble?.message], [0, true, 'it answers 403']);
});

test('a refusal is no sign that the sink takes anything', async () => {
  const {pass} = sinkOf((number) => (number === 1 ? bad() : {refused: 'no'}));
  await troubleOf(deliverEach(reportsOf(1, 3), pass, apart(5)));
});

test('where many at the head are not taken, one that waits further on shows that the sink works', async () => {
  const {pass, asked} = sinkOf((number) => (number <= 500 ? bad() : {}));
  const how = apart(500, reportsOf(490, 497), [...reportsOf(498, 500), ...reportsOf(900, 900)]);
  const {tried, later} = await deliverEach(reportsOf(1, 400), pass, how);
  assert.equal([tried, later!.size], [400, 400]);
  assert.is(how.behind.length, 2);
  assert.ok(how.behind.every((number) => number < 2 * atOnce));
  assert.is(asked.length, 400 + 12);
  const none = sinkOf(bad);
  await troubleOf(deliverEach(reportsOf(1, 400), none.pass, apart(500, ...Array(9).fill(reportsOf(500, 507)))));
  assert.ok(none.asked.length < 5 * atOnce, 'it is looked for a few times');
});

test('trouble of the sink stays so, among those that are tried and those further on', async () => {
  const {pass} = sinkOf((number) => (number === 9 ? new SinkTrouble('it answers 503') : number === 1 ? bad() : {}));
  const {trouble} = await deliverEach(reportsOf(1, 20), pass, apart(5));
  assert.is(trouble?.message, 'it answers 503');
  assert.is(
    (await troubleOf(deliverEach(reportsOf(1, 1), pass, apart(5, reportsOf(9, 10))))).message,
    'it answers 503',
  );
});

test('what came before trouble of the sink is done, and comes not again', async () => {
  for (const at of [2, 5, 77, 100]) {
    const some = sinkOf((number) => (number === at ? new SinkTrouble('it answers 429') : number === 3 ? bad() : {}));
    const outcome = await deliverEach(reportsOf(1, 100), some.pass, apart(5));
    assert.equal(plain(outcome), {
      ...{tried: at - 1, refused: [], later: at > 3 ? [[3, 'it answers 403']] : []},
    });
    assert.is(outcome.trouble?.message, 'it answers 429');
  }
  // One of which nobody knows whose trouble it is, the sink having taken none, is done as little as what comes after it.
  const refusing = sinkOf((number) => (number === 4 ? bad() : {refused: 'no'}));
  const outcome = await deliverEach(reportsOf(1, 6), refusing.pass, apart(5));
  assert.equal([outcome.tried, outcome.refused!.size, outcome.later!.size], [3, 3, 0]);
  assert.is(outcome.trouble?.message, 'it answers 403');
  const first = sinkOf((number) => (number === 1 ? new SinkTrouble('it answers 429') : {refused: 'no'}));
  await troubleOf(deliverEach(reportsOf(1, 100), first.pass, apart(5)));
});

test('after trouble one is tried alone, and the others once that is over', async () => {
  const how = {...apart(5), wasInTrouble: true};
  const down = sinkOf((number) => (number === 1 ? new SinkTrouble('it answers 503') : {}));
  await troubleOf(deliverEach(reportsOf(1, 20), down.pass, how));
  assert.equal(down.asked, [1]);
  for (const first of [{}, bad(), {refused: 'no'}]) {
    const some = sinkOf((number) => (number === 1 ? first : {}));
    assert.is((await deliverEach(reportsOf(1, 20), some.pass, how)).tried, 20);
    assert.is(some.asked.length, 20, 'each once');
  }
  const stumbling = sinkOf(stumbles);
  const further = reportsOf(2, 9);
  await troubleOf(deliverEach(reportsOf(1, 20), stumbling.pass, {...apart(5, further), wasInTrouble: true}));
  assert.equal(
    stumbling.asked,
    [1, ...further.map(({number}) => number)],
    'a few by chance, and no more of those at hand',
  );
});

test('where there is room for fewer, what comes before the others is done, and these are trouble', async () => {
  const {pass} = sinkOf((number) => (number % 10 === 0 ? bad() : {}));
  const first = plain(await deliverEach(reportsOf(1, 100), pass, apart(2)));
  assert.equal([first.tried, first.later.map(([number]) => number)], [29, [10, 20]]);
  assert.is(plain(await deliverEach(reportsOf(1, 100), pass, apart(0))).tried, 9);
  assert.is(plain(await deliverEach(reportsOf(10, 100), pass, apart(0))).tried, 0);
});

test('what is tried again is told of each by itself, and the sink’s trouble ends it', async () => {
  const all = await deliverEach(reportsOf(1, 50), sinkOf(bad).pass, {...apart(50), isAgain: true});
  assert.equal([all.tried, all.later!.size], [50, 50]);
  const down = sinkOf(() => new SinkTrouble('it answers 503'));
  const {tried, later, untried, trouble} = await deliverEach(reportsOf(1, 50), down.pass, {
    ...{...apart(50), isAgain: true},
  });
  assert.equal([tried, later!.size, later!.get(1)], [atOnce, atOnce, 'it answers 503']);
  assert.equal([untried!.size, trouble, all.untried!.size], [atOnce, undefined, 0]);
});

test('a server that stumbles over one report each time works, and that one waits apart', async () => {
  const {pass, asked} = sinkOf((number) => (number === 1 ? stumbles() : {}));
  const many = await deliverEach(reportsOf(1, 20), pass, apart(5));
  assert.equal(plain(many), {tried: 20, refused: [], later: [[1, 'it answers 500']]});
  assert.is(asked.filter((number) => number === 1).length, 3, 'asked again, now that others were taken');
  const {later} = await deliverEach(reportsOf(1, 1), pass, apart(5, reportsOf(7, 9)));
  assert.equal([...later!.keys()], [1], 'what waits further on shows it too');
});

test('one that is taken when it is asked for again, or refused, was no doubt', async () => {
  let times = 0;
  const {pass} = sinkOf((number) => (number === 2 && times++ === 0 ? stumbles() : {}));
  assert.equal(plain(await deliverEach(reportsOf(1, 20), pass, apart(5))), {tried: 20, refused: [], later: []});
  const then = sinkOf((number) => (number === 2 ? (times++ === 2 ? stumbles() : {refused: 'no'}) : {}));
  times = 2;
  assert.equal(plain(await deliverEach(reportsOf(1, 20), then.pass, apart(5))).refused, [[2, 'no']]);
});

const overloaded: [what: string, takes: (number: number) => boolean, most: number][] = [
  ['all', () => false, 6 * atOnce],
  ['most', (number) => number % 3 === 0, 6 * atOnce],
];
for (const [what, takes, most] of overloaded) {
  test(`a server that stumbles over ${what} of them is in trouble itself, and is let alone`, async () => {
    const {pass, asked} = sinkOf((number) => (takes(number) ? {} : stumbles()));
    const how = apart(500, ...Array(9).fill(reportsOf(900, 907)));
    assert.is((await troubleOf(deliverEach(reportsOf(1, 400), pass, how))).message, 'it answers 500');
    assert.ok(asked.length <= most, String(asked.length));
  });
}

for (const [many, looks] of [
  [8, 1],
  [150, 2],
] as const) {
  test(`where ${many} at the head are stumbled over, what waits further on shows that the sink works`, async () => {
    const {pass} = sinkOf((number) => (number <= many ? stumbles() : {}));
    const how = apart(200, ...Array(9).fill(reportsOf(900, 907)));
    const {tried, later} = await deliverEach(reportsOf(1, 400), pass, how);
    assert.equal([tried, later!.size, Math.max(...later!.keys())], [400, many, many]);
    assert.is(how.behind.length, looks);
  });
}

test('tried again, a sink that stumbles over all is let alone, and its trouble meanwhile ends nothing', async () => {
  const all = await deliverEach(reportsOf(1, 50), sinkOf(stumbles).pass, {...apart(50), isAgain: true});
  assert.ok(all.tried! < 2 * atOnce && all.later!.size === all.tried, String(all.tried));
  let times = 0;
  const {pass} = sinkOf((number) => (number > 1 ? {} : times++ === 0 ? stumbles() : new SinkTrouble('it answers 503')));
  assert.equal(plain(await deliverEach(reportsOf(1, 20), pass, {...apart(50), isAgain: true})), {
    ...{tried: 20, refused: [], later: [[1, 'it answers 500']]},
  });
  times = 0;
  const {tried, took, trouble} = await deliverEach(reportsOf(1, 20), pass, apart(50));
  assert.equal([tried, took, trouble?.message], [0, true, 'it answers 503']);
});

test('what is in doubt when the sink comes into trouble is no try, in whichever order they are asked again', async () => {
  // The first of them is asked three times, and then the sink is down.
  for (const isAgain of [true, false]) {
    const times = new Map<number, number>();
    let isDown = false;
    const {pass} = sinkOf((number) => {
      if (isDown) return new SinkTrouble('it answers 503');
      times.set(number, (times.get(number) ?? 0) + 1);
      isDown = times.get(4) === 3;
      return number % 4 === 0 ? stumbles() : {};
    });
    const {later, untried} = await deliverEach(reportsOf(1, 40), pass, {...apart(50), isAgain});
    const proven = [...later!.keys()].filter((number) => times.get(number) === 3);
    const counted = [...later!.keys()].filter((number) => !untried!.has(number));
    assert.equal([counted, proven, later!.size], [[4], [4], isAgain ? 10 : 1], `again: ${isAgain}`);
  }
});

test('where it is in trouble before any is asked again, none was tried', async () => {
  const {pass} = sinkOf((number) =>
    number === 20 ? new SinkTrouble('it answers 429') : number <= 3 ? stumbles() : {},
  );
  const {later, untried} = await deliverEach(reportsOf(1, 20), pass, {...apart(50), isAgain: true});
  assert.equal(
    [[...later!.keys()], [...untried!].toSorted((a, b) => a - b)],
    [
      [1, 2, 3, 20],
      [1, 2, 3, 20],
    ],
  );
  const first = await deliverEach(reportsOf(1, 20), pass, apart(50));
  assert.equal([[...first.later!.keys()], first.tried], [[1, 2, 3], 19]);
  assert.equal(
    [1, 2, 3].filter((number) => first.untried!.has(number)),
    [1, 2, 3],
  );
});

test('a bug is none of this', async () => {
  for (const isAgain of [true, false]) {
    const pass = async () => {
      throw new TypeError('bug');
    };
    const error = await deliverEach(reportsOf(1, 5), pass, {...apart(5), isAgain}).catch((one: unknown) => one);
    assert.instance(error, TypeError);
  }
});

test.run();
