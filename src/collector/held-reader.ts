import type {Reader} from './store/contract.ts';

/** A reader that is opened when it is needed and again after trouble. */
export function heldReader(open: () => Promise<Reader>): {
  get(): Promise<Reader>;
  lose(): void;
  dropStale(): void;
} {
  let opening: Promise<Reader> | undefined;
  let reader: Reader | undefined;
  const lose = () => {
    // Also one that is still being opened. What is in trouble may refuse to close.
    opening?.then((lost) => lost.close()).catch(() => {});
    reader = undefined;
    opening = undefined;
  };
  /** A store that was moved away must not be held open. */
  const dropStale = () => {
    if (reader && !reader.isCurrent()) lose();
  };
  return {
    async get() {
      dropStale();
      opening ??= open();
      const mine = opening;
      try {
        const opened = await mine;
        if (opening === mine) reader = opened;
        return opened;
      } catch (error) {
        if (opening === mine) opening = undefined;
        throw error;
      }
    },
    lose,
    dropStale,
  };
}
