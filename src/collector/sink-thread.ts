import {parentPort, workerData} from 'node:worker_threads';
import {failureOf, type Retention, type SinkTally, type SinkThreadData} from './messages.ts';
import {millisecondsADay} from './periods.ts';
import {passOnTo} from './sink/pass-on.ts';
import {engineOf} from './store/engines.ts';

/** The thread that passes reports on to the sinks, each by itself: no report that arrives waits for it. */

const tallyInterval = 1000;

const {store: address, sinks, keep, bound, mostParked} = workerData as SinkThreadData;

function around({reports, days}: Retention) {
  return {env: process.env, keepDays: days, keepReports: Math.max(1, Math.ceil(reports / millisecondsADay))};
}

try {
  const store = (await engineOf(address)).at(address);
  const say = (line: string) => parentPort!.postMessage({say: line});
  const passing = sinks.map((sink) => passOnTo(sink, {store, around: around(keep), bound, mostParked, say}));
  const tell = () => {
    const tally: SinkTally = Object.fromEntries(sinks.map(({name}, i) => [name, passing[i]!.standing()]));
    parentPort!.postMessage({tally});
  };
  const tallies = setInterval(tell, tallyInterval);
  parentPort!.on('message', async () => {
    clearInterval(tallies);
    await Promise.all(passing.map((one) => one.stop()));
    tell();
    parentPort!.postMessage({closed: true});
    parentPort!.close();
  });
  parentPort!.postMessage({ready: true});
} catch (error) {
  parentPort!.postMessage({failed: failureOf(error)});
}
