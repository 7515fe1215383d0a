import {writeSync} from 'node:fs';
import {reasonOf, systemCode} from '../../errors.ts';
import type {Passed} from '../store/queue.ts';
import {type Sink, SinkTrouble} from './contract.ts';
import {eventOf} from './event.ts';
import {madeOf} from './readable.ts';

const standardOutput = 1;

/** What was begun and could not be finished: it is the process' output, so it outlives a sink that was closed in trouble. */
let rest: Uint8Array = new Uint8Array();
/** What was begun last of each kind: where it was not settled it comes again. */
const begun = {spartakus: new Set<string>(), hodometer: new Set<string>()};

/** A line for each report, as it is stored, and for each event, in the form that Hodometer gives it, on standard output of the process: in the system's hands when it is delivered. */
export function stdoutSink(write: (bytes: Uint8Array) => number = (bytes) => writeSync(standardOutput, bytes)): Sink {
  const flush = async () => {
    while (rest.length > 0) {
      try {
        rest = rest.subarray(write(rest));
      } catch (error) {
        // A pipe that is full, and does not have its writer wait.
        if (systemCode(error) !== 'EAGAIN') {
          throw new SinkTrouble(`standard output takes nothing (${reasonOf(error)})`, {
            cause: error,
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  return {
    async deliver(reports: readonly Passed[]) {
      // A line is never cut, and what was cut off in the middle is not written again.
      await flush();
      const nameOf = ({epoch, number}: Passed) => `${epoch} ${number}`;
      const {kind} = reports[0]!;
      const more = reports.filter((one) => !begun[kind].has(nameOf(one)));
      begun[kind] = new Set(reports.map(nameOf));
      const {made, refused} = madeOf(more, (one) => `${one.kind === 'hodometer' ? eventOf(one) : one.body}\n`);
      rest = Buffer.from(made.join(''));
      await flush();
      return {refused};
    },
    erase: async () => 'beyond-reach',
    async close() {},
  };
}
