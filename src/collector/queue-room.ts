import type {ResilientStore} from './resilient-store.ts';

/** Of a queue that was full so much must be free before that is told: at the bound it fills up again at once. */
const clearly = 0.1;

/** Whether a collector that only passes on has room for more: nothing that it acknowledged is dropped to make some. */
export interface QueueRoom {
  /** Whether so many reports have a place. */
  isFor(reports: number): Promise<boolean>;
  /** Why a report has none; undefined if it has. */
  trouble(): Promise<string | undefined>;
}

/**
 * @param most reports that may wait
 * @param say is given a line when the queue is full and when it has room again
 */
export function queueRoom(store: ResilientStore, most: number, say: (line: string) => void): QueueRoom {
  let isTold = false;
  let isFull = false;
  const isFor = async (reports: number): Promise<boolean> => {
    const waiting = await store.attempt((writer) => writer.relay!.waiting());
    // The store is in trouble, which it tells itself.
    if (waiting === undefined) return false;
    isFull = waiting + reports > most;
    if (isFull && !isTold) say(`The queue is full: ${waiting} reports wait. More are answered with 503.`);
    if (isTold && waiting < (1 - clearly) * most) say('The queue has room again.');
    isTold = isFull || (isTold && waiting >= (1 - clearly) * most);
    return !isFull;
  };
  return {
    isFor,
    async trouble() {
      // Nothing may arrive that would find out.
      if (isFull) await isFor(1);
      return isFull ? 'the queue is full' : undefined;
    },
  };
}
