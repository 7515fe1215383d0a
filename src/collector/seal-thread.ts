import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import type {SealMessage} from './messages.ts';
import {dayOf} from './periods.ts';
import {affectedPeriods} from './seal.ts';
import type {Period, Reader, StoreAddress} from './store/contract.ts';
import {openReader} from './store/open.ts';
import {isTrouble} from './store/sqlite-errors.ts';
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
    if (reader && !reader.isCurrent()) closeReader();
    reader ??= openReader(store);
    const message = await reader.still(() => countIn(reader!));
    if (message) {
      const sealed = new Promise((resolve) => sealer.once('message', resolve));
      sealer.postMessage(message);
      await sealed;
    }
  } catch (error) {
    if (!isTrouble(error)) throw error;
    // The store is in trouble, which the database thread tells; opened anew when it is back.
    closeReader();
  }
  timer = setTimeout(countChanged, Math.max(interval, share * (performance.now() - before)));
}

function closeReader(): void {
  try {
    reader?.close();
  } catch {
    // What is in trouble may refuse to close.
  }
  reader = undefined;
}

async function countIn(reader: Reader): Promise<SealMessage | undefined> {
  const counted = await reader.changed();
  if (counted.length === 0) return undefined;
  const periods: Period[] = [];
  const today = dayOf(Number(believed[0]));
  for (const {grain, period} of affectedPeriods(
    counted.map(({day}) => day),
    today,
    today - keepDays,
  )) {
    periods.push({grain, period, cells: await summarise(reader, grain, period)});
  }
  return {periods, counted};
}

parentPort!.on('message', () => {
  clearTimeout(timer);
  sealer.close();
  parentPort!.close();
});
await countChanged();
