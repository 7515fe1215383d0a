import {clean} from '../../../foreign.ts';
import type {DamageWatch} from '../contract.ts';
import {leaveToWriter} from './errors.ts';
import {lookOver, type Place, walk} from './walk.ts';

/** Milliseconds of the look at the start, of one step while the collector runs, and between two steps. */
const [atStart, aStep, betweenSteps] = [1000, 30, 3000];
/** After the whole store was read it is left alone for so many times as long as that took, an hour at most. */
const [rest, longest] = [100, 3_600_000];

/**
 * Looks the store over now, for a second at most, and reads it through slowly from then on: a hundredth of the time.
 *
 * @param say is given a line when damage is found, once for each, and when there is none any more
 */
export function watchForDamage(path: string, say: (line: string) => void): DamageWatch {
  let known: string | undefined;
  let place: Place = {tree: 0};
  let isSound = true;
  let spent = 0;
  let next = 0;

  const found = (damage: string) => {
    isSound = false;
    if (damage === known) return;
    known = damage;
    say(
      `The store is damaged: ${clean(damage, 200)}. It takes reports as long as it can. seldon-usage serve check says more; seldon-usage serve restore FILE puts a backup in its place.`,
    );
  };
  const step = () => {
    const before = performance.now();
    if (before < next) return;
    try {
      const walked = walk(path, place, aStep);
      spent += performance.now() - before;
      if (walked.damage) found(walked.damage);
      place = walked.next ?? {tree: 0};
      if (walked.next) return;
      // The look at the start sees some things that a step does not.
      if (isSound && known !== undefined && lookOver(path, atStart) === undefined) {
        known = undefined;
        say('The store was read to its end: it is not damaged any more.');
      }
      next = performance.now() + Math.min(rest * spent, longest);
      [isSound, spent] = [true, 0];
    } catch (error) {
      leaveToWriter(error);
    }
  };

  try {
    const damage = lookOver(path, atStart);
    if (damage) found(damage);
  } catch (error) {
    leaveToWriter(error);
  }
  isSound = true;
  const timer = setInterval(step, betweenSteps);
  timer.unref();
  return {damage: () => known, stop: () => clearInterval(timer)};
}
