import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Clock, type ClockRecord, type Look, parseSpans, startClock} from '../../src/collector/clock.ts';

const [second, hour, day] = [1000, 3_600_000, 24 * 3_600_000];
const year = 365 * day;
/** An ordinary day. */
const then = Date.parse('2026-11-26T12:00:00Z');

/** A machine whose wall clock can be set; its other clock runs on. Looks every second at first, then every ten minutes. */
function machine(start: {newest?: number; kept?: ClockRecord; wall?: number; trust?: boolean} = {}) {
  const {newest, kept, wall: first = then, trust = false} = start;
  let [wall, mono] = [first, 5 * second];
  const clock: Clock = startClock(kept, newest, {wall, mono, trust});
  let seen: Look = clock.look(wall, mono);
  const look = () => {
    seen = clock.look(wall, mono);
  };
  return {
    pass(time: number) {
      for (let left = time; left > 0; left -= 10 * 60 * second) {
        const part = Math.min(left, 10 * 60 * second);
        [wall, mono] = [wall + part, mono + part];
        look();
      }
      return this;
    },
    set(time: number) {
      wall = time;
      look();
      return this;
    },
    by(step: number) {
      return this.set(wall + step);
    },
    redated() {
      for (const {id} of clock.due()) clock.redated(id);
      look();
      return this;
    },
    get seen() {
      return seen;
    },
    /** Those of spans that are settled and not dated anew yet, in their order. */
    get shifts() {
      return clock.due().map(({shift}) => shift);
    },
    record: () => clock.record(),
    /** The next run, after so long without power. */
    restart(off: number, step = 0, trust = false) {
      return machine({newest: undefined as never, kept: clock.record(), wall: wall + off + step, trust});
    },
  };
}

type Machine = ReturnType<typeof machine>;
const settled: [what: string, run: () => Machine][] = [
  ['an ordinary run', () => machine({newest: then - hour}).pass(3 * day)],
  [
    'a night without power',
    () =>
      machine({newest: then - hour})
        .pass(hour)
        .restart(10 * hour),
  ],
  [
    'a suspended machine',
    () =>
      machine({newest: then})
        .pass(hour)
        .by(20 * hour),
  ],
  [
    'a leap of a minute',
    () =>
      machine({newest: then})
        .pass(hour)
        .by(59 * second),
  ],
  ['a clock that is slow', () => machine({newest: then + 2 * hour})],
];
for (const [what, run] of settled) {
  test(`${what}: the clock is believed`, () => {
    const {seen, shifts} = run();
    assert.equal([seen.settled, seen.span, seen.ahead], [true, undefined, undefined]);
    assert.equal(shifts, []);
  });
}

const doubted: [what: string, run: () => Machine, now: number][] = [
  [
    'two years ahead at the start',
    () => machine({newest: then, wall: then + 2 * year}).pass(3 * second),
    then + 3 * second,
  ],
  ['two years behind at the start', () => machine({newest: then, wall: then - 2 * year}).pass(hour), then + hour],
  [
    'set ahead while it runs',
    () =>
      machine({newest: then})
        .pass(hour)
        .by(year)
        .pass(23 * hour),
    then + day,
  ],
  ['set back while it runs', () => machine({newest: then}).pass(hour).by(-year).pass(hour), then + 2 * hour],
  [
    'a week without power',
    () =>
      machine({newest: then})
        .pass(hour)
        .restart(7 * day)
        .pass(hour),
    then + 2 * hour,
  ],
  [
    'steps that add up',
    () =>
      machine({newest: then})
        .by(20 * hour)
        .by(20 * hour),
    then + 20 * hour,
  ],
  [
    'steps over restarts that add up',
    () =>
      machine({newest: then})
        .restart(20 * hour)
        .restart(20 * hour),
    then + 20 * hour,
  ],
  [
    'a new store whose first clock is set back',
    () =>
      machine({wall: then + year})
        .pass(3 * second)
        .set(then),
    then + year + 3 * second,
  ],
  [
    'a new store whose clock is set ahead',
    () =>
      machine()
        .pass(59 * 60 * second)
        .by(year)
        .pass(hour - second),
    then + 2 * hour - 61 * second,
  ],
];
for (const [what, run, now] of doubted) {
  test(`${what}: nothing is erased, and the time that is known best dates`, () => {
    const {seen, shifts} = run();
    assert.equal([seen.settled, seen.span === undefined], [false, false]);
    assert.ok(seen.ahead);
    assert.is(seen.now, now);
    assert.equal(shifts, []);
  });
}

test('back where it was, it is believed at once, and dates stay', () => {
  const run = machine({newest: then, wall: then + 2 * year})
    .pass(3 * second)
    .set(then + 3 * second);
  assert.equal(run.shifts, [0]);
  assert.not.ok(run.seen.settled, 'not before the marks are gone');
  assert.ok(run.redated().seen.settled);
  assert.is(run.seen.now, then + 3 * second);
});

test('after a day without a step it is believed, and marked dates are off by what it was ahead', () => {
  const run = machine({newest: then, wall: then + 7 * day}).pass(day + hour);
  assert.equal(run.shifts, [7 * day]);
  assert.is(run.seen.now, then + 8 * day + hour);
  assert.ok(run.redated().seen.settled);
});

test('a step begins the day anew', () => {
  const run = machine({newest: then, wall: then + 7 * day})
    .pass(20 * hour)
    .by(2 * hour)
    .pass(20 * hour);
  assert.equal([run.seen.settled, run.shifts.length], [false, 0]);
  assert.equal(run.pass(5 * hour).shifts, [7 * day + 2 * hour]);
});

test('the day goes on over restarts', () => {
  let run = machine({newest: then, wall: then + 7 * day});
  for (let i = 0; i < 5; i++) run = run.pass(5 * hour).restart(second);
  assert.equal(run.shifts.length, 1);
});

test('a day that was begun by a wrong clock counts for nothing when another one comes', () => {
  const run = machine({newest: then, wall: then + year})
    .pass(20 * hour)
    .restart(second, -2 * year)
    .pass(20 * hour);
  assert.equal([run.seen.settled, run.shifts.length], [false, 0]);
});

test('the user may say that it is right', () => {
  const run = machine({newest: then, wall: then + year, trust: true});
  // Nothing was dated in doubt, so nothing is dated anew.
  assert.equal(run.shifts, []);
  assert.is(run.seen.now, then + year);
  const doubted = machine({newest: then, wall: then + year})
    .pass(hour)
    .restart(second, 0, true);
  assert.is(doubted.shifts.length, 1);
  assert.ok(Math.abs(doubted.shifts[0]! - year) < hour);
});

test('the user may say so of a new store', () => {
  const run = machine({trust: true});
  assert.equal([run.seen, run.shifts], [{now: then, erasing: then, settled: true}, []]);
  assert.is(run.record().state, 'settled');
});

const erasing: [what: string, run: () => Machine, time: number][] = [
  ['an hour ahead at the start', () => machine({newest: then, wall: then + hour}).pass(hour), then + hour],
  [
    '23 hours ahead, over restarts',
    () =>
      machine({newest: then, wall: then + 23 * hour})
        .restart(second)
        .pass(hour),
    then + hour + second,
  ],
  [
    'some minutes ahead',
    () => machine({newest: then, wall: then + 9 * 60 * second}).pass(hour),
    then + hour + 9 * 60 * second,
  ],
  ['an hour ahead for a day', () => machine({newest: then, wall: then + hour}).pass(25 * hour), then + 26 * hour],
  ['an hour behind', () => machine({newest: then, wall: then - hour}).pass(second), then - hour + second],
  [
    'two years ahead, and the user says that it is right',
    () => machine({newest: then, wall: then + 2 * year, trust: true}),
    then + 2 * year,
  ],
];
for (const [what, run, time] of erasing)
  test(`${what}: what is too old goes by a time that is sure`, () => {
    const {seen} = run();
    assert.ok(Math.abs(seen.erasing - time) <= 2 * second, new Date(seen.erasing).toISOString());
  });

test('two years without a run, and the user says that the clock is right: what was dated before stays as it is', () => {
  const run = machine({newest: then})
    .pass(hour)
    .restart(second, 2 * year, true);
  assert.equal(run.shifts, []);
});

test('a new store believes its first clock after a day, without a word', () => {
  const run = machine().pass(hour);
  assert.equal([run.seen.settled, run.seen.span, run.seen.ahead], [true, 1, undefined]);
  assert.equal(run.pass(day).shifts, [0]);
});

const several: [what: string, run: () => Machine, shifts: number[]][] = [
  [
    'a clock that was in doubt before the last one was put right',
    () =>
      machine({newest: then, wall: then + 7 * day})
        .pass(day + hour)
        .by(3 * day)
        .pass(day + hour),
    [7 * day, 3 * day],
  ],
  [
    'one that goes on between two runs: what came before lacks only the time since',
    () =>
      machine({newest: then, wall: then + 7 * day})
        .pass(hour)
        .restart(5 * hour)
        .pass(day),
    [7 * day, 7 * day + 5 * hour],
  ],
  [
    'another one in the second run: nothing is known of the time between, and no date goes back',
    () =>
      machine({newest: then, wall: then + 9 * day})
        .pass(hour)
        .restart(hour, -2 * day)
        .pass(day + hour),
    [7 * day + hour, 7 * day + hour],
  ],
  [
    'a second one that is believed sooner than the first could be told',
    () =>
      machine({newest: then, wall: then - 2 * year})
        .pass(hour)
        .restart(5 * 60 * second, 2 * year),
    [0],
  ],
  [
    'a new store, set ahead for an hour',
    () =>
      machine()
        .pass(2 * hour)
        .by(2 * year)
        .pass(hour + second),
    [2 * year],
  ],
  [
    'a new store whose first clock was before this program, set right',
    () => machine({wall: 0}).pass(hour).set(then),
    [then - hour],
  ],
  [
    'a new store whose first clock was before this program, set right between two runs',
    () =>
      machine({wall: then - 2 * year})
        .pass(hour)
        .restart(5 * 60 * second, 2 * year),
    [2 * year + 5 * 60 * second, 2 * year + 5 * 60 * second],
  ],
  [
    'a new store, set, and the user says that it is right',
    () =>
      machine()
        .pass(hour)
        .by(2 * year)
        .pass(50 * 60 * second)
        .restart(second, 0, true),
    [2 * year],
  ],
];
for (const [what, run, shifts] of several) {
  test(`each clock has a shift of its own: ${what}`, () => {
    const {seen, shifts: found} = run();
    assert.equal(found, shifts);
    assert.is(seen.settled, false);
  });
}

test('a new store whose clock comes back has dates of one clock', () => {
  const run = machine().pass(hour).by(year).pass(second).by(-year).pass(hour);
  assert.equal([run.seen.settled, run.seen.ahead, run.seen.span], [true, undefined, 1]);
  const night = machine()
    .pass(hour)
    .restart(10 * hour)
    .pass(hour);
  assert.equal([night.seen.settled, night.seen.ahead, night.seen.span], [true, undefined, 1]);
});

test('spans that somebody wrote into the store are none', () => {
  for (const text of ['', '{', '{"open":1,"due":[],"spans":1}', '{"open":[],"due":[{"id":1}],"spans":1}', 'null'])
    assert.equal(parseSpans(text), {open: [], due: [], spans: 0});
  const spans = {open: [{id: 2, shift: 0}], due: [{id: 1, shift: -5}], spans: 2};
  assert.equal(parseSpans(JSON.stringify(spans)), spans);
  const lost = machine({
    kept: {...machine({newest: then, wall: then + year}).record(), ...parseSpans('')},
    wall: then + year,
  });
  assert.is(lost.seen.span, 1);
});

test('dates that are being put right are put right after a restart too', () => {
  const run = machine({newest: then, wall: then + 7 * day})
    .pass(day + hour)
    .restart(second);
  assert.equal(run.shifts, [7 * day]);
  assert.not.ok(run.seen.settled);
});

test.run();
