import {writeSync} from 'node:fs';
import {systemCode} from '../../errors.ts';
import type {Passed} from '../store/queue.ts';
import {type Sink, SinkTrouble} from './contract.ts';
import {eventOf} from './event.ts';

const standardOutput = 1;

/** What was begun and could not be finished: it is the process' output, so it outlives a sink that was closed in trouble. */
let rest: Uint8Array = new Uint8Array();
/** Number of the last report of each kind in it. */
const begun = {spartakus: 0, hodometer: 0};

/** A line for each report, as it is stored, and for each event, in the form that Hodometer gives it, on standard output of the process: in the system's hands when it is delivered. */
export function stdoutSink(write: (bytes: Uint8Array) => number = (bytes) => writeSync(standardOutput, bytes)): Sink {
  const flush = async () => {
    while (rest.length > 0) {
      try {
        rest = rest.subarray(write(rest));
      } catch (error) {
        // A pipe that is full, and does not have its writer wait.
        if (systemCode(error) !== 'EAGAIN') {
          throw new SinkTrouble(`standard output takes nothing (${systemCode(error) ?? 'unknown reason'})`, {
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
      const more = reports.filter(({kind, number}) => number > begun[kind]);
      const {kind, number} = reports.at(-1)!;
      begun[kind] = Math.max(begun[kind], number);
      rest = Buffer.from(more.map((one) => `${one.kind === 'hodometer' ? eventOf(one) : one.body}\n`).join(''));
      await flush();
      return new Map();
    },
    erase: async () => 'beyond-reach',
    async close() {},
  };
}
