import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import type {SealMessage} from './messages.ts';
import {dayOf} from './periods.ts';
import {affectedPeriods} from './seal.ts';
import type {Period, Reader, State, StoreAddress} from './store/contract.ts';
import {engineOf} from './store/engines.ts';
import {StoreTrouble} from './store/trouble.ts';
import {summarise} from './summarise.ts';

/**
 * The counting thread: counts the periods whose days changed and gives the counters to the database thread, so that
 * a question about a month is answered from a few rows and never holds up a report.
 */

/** Milliseconds between two counts at least; and no more than a tenth of the time is spent counting. */
const interval = 1000;
const share = 10;

const {store, keepDays, sealer, time} = workerData as {
  store: StoreAddress;
  keepDays: number;
  sealer: MessagePort;
  time: SharedArrayBuffer;
};
/** The time that the database thread believes. */
const believed = new BigInt64Array(time);
let reader: Reader | undefined;
let timer: NodeJS.Timeout;

async function countChanged(): Promise<void> {
  const before = performance.now();
  try {
    if (reader && !reader.isCurrent()) await closeReader();
    reader ??= await (await engineOf(store)).at(store).reader();
    const message = await reader.still(countIn);
    if (message) {
      const sealed = new Promise((resolve) => sealer.once('message', resolve));
      sealer.postMessage(message);
      await sealed;
    }
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error;
    // The store is in trouble, which the database thread tells; opened anew when it is back.
    await closeReader();
  }
  timer = setTimeout(countChanged, Math.max(interval, share * (performance.now() - before)));
}

async function closeReader(): Promise<void> {
  try {
    await reader?.close();
  } catch {
    // What is in trouble may refuse to close.
  }
  reader = undefined;
}

async function countIn(state: State): Promise<SealMessage | undefined> {
  const counted = await state.changed();
  if (counted.length === 0) return undefined;
  const periods: Period[] = [];
  const today = dayOf(Number(believed[0]));
  for (const {grain, period} of affectedPeriods(
    counted.map(({day}) => day),
    today,
    today - keepDays,
  )) {
    periods.push({grain, period, cells: await summarise(state, grain, period)});
  }
  return {periods, counted};
}

parentPort!.on('message', () => {
  clearTimeout(timer);
  sealer.close();
  parentPort!.close();
});
await countChanged();
