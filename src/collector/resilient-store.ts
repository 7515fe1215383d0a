import {clean} from '../foreign.ts';
import type {Accepted, Admits, StoreAddress, Writer} from './store/contract.ts';
import {engineOf} from './store/engines.ts';
import {StoreTrouble, unlessTrouble} from './store/trouble.ts';

/** Milliseconds between two attempts to open a store that was lost. */
const reopenAfter = 250;

/** Reasons that are told of one trouble. */
const mostTold = 5;

/** A writer that outlives trouble: what fails is answered as not stored, and it goes on when the store is back. Bugs it lets through. */
export interface ResilientStore {
  append(batch: readonly Accepted[], admits: Admits): Promise<boolean>;
  /** Runs something that is not a report, such as sealing; undefined if the store is in trouble. */
  attempt<T>(change: (writer: Writer) => Promise<T>): Promise<T | undefined>;
  /** The same for what reports do not depend on: its trouble is none of theirs. */
  aside<T>(change: (writer: Writer) => Promise<T>): Promise<T | undefined>;
  /** It only passes on: its writer has `relay`. */
  readonly relay: boolean;
  /** Why nothing is stored at present. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

/**
 * Opens the store for writing.
 *
 * @param say is given a line when the store is lost and when it is back
 * @param begin is done before anything is stored
 * @throws {StoreTrouble} if it can't be opened the first time, or is not what the address says
 */
export async function resilientStore(
  address: StoreAddress,
  say: (line: string) => void,
  begin: (writer: Writer) => Promise<void> = async () => {},
): Promise<ResilientStore> {
  const store = (await engineOf(address)).at(address);
  let writer: Writer | undefined = await store.writer({create: true});
  try {
    await requireFit(writer, address);
    await begin(writer);
  } catch (error) {
    await writer.close();
    throw error;
  }
  const relay = writer.relay !== undefined;
  let last: Writer = writer;
  let trouble: string | undefined;
  let nextAttempt = 0;
  const told = new Set<string>();

  const lost = async ({message: what}: StoreTrouble) => {
    if (trouble === undefined) say(`The store takes nothing at present: ${what}. Reports are answered with 503.`);
    // What is seen first, a connection that was cut, is seldom why it stays so.
    else if (!told.has(what) && told.size < mostTold) say(`The store still takes nothing: ${what}.`);
    told.add(what);
    trouble = what;
    nextAttempt = performance.now() + reopenAfter;
    // What was opened may be a file that is no longer at its path, or a log that is damaged: open it anew.
    const old = writer;
    writer = undefined;
    // It is in trouble; the next attempt opens it again.
    await old?.close().catch(unlessTrouble);
  };

  const attempt = async <T>(change: (writer: Writer) => Promise<T>): Promise<T | undefined> => {
    try {
      if (!writer) {
        if (performance.now() < nextAttempt) return undefined;
        // A file that is gone is not made again here: a volume that is not mounted must not be written beside.
        writer = await store.writer({create: false, instead: last});
        last = writer;
      }
      const result = await change(writer);
      if (trouble !== undefined) say('The store takes reports again.');
      trouble = undefined;
      told.clear();
      return result;
    } catch (error) {
      if (!(error instanceof StoreTrouble)) throw error;
      await lost(error);
      return undefined;
    }
  };

  return {
    relay,
    attempt,
    async aside(change) {
      try {
        return writer && trouble === undefined ? await change(writer) : undefined;
      } catch (error) {
        if (error instanceof StoreTrouble) return undefined;
        throw error;
      }
    },
    append: async (batch, admits) =>
      (await attempt(async (writer) => {
        await writer.append(batch, admits);
        return true;
      })) ?? false,
    trouble: () => trouble,
    async close() {
      await writer?.close();
    },
  };
}

/** Neither is the queue of a collector that only passes on taken for a store that keeps, nor the other way round. */
async function requireFit(writer: Writer, {relay = false, shown}: StoreAddress): Promise<void> {
  if (await writer.moved()) {
    throw new StoreTrouble(`An import into ${clean(shown)} is not finished.`, {
      suggestions: ['seldon-usage serve import, given the same export again, goes on where it stopped.'],
    });
  }
  if (writer.relay && !relay) {
    throw new StoreTrouble(`${clean(shown)} is the queue of a collector that only passes on, and keeps nothing.`, {
      suggestions: [
        'With a sink as --store, serve goes on with it: --store https://usage.example.com --queue sqlite:PATH.',
        'Another path with --store starts an empty store.',
      ],
    });
  }
  if (relay && !writer.relay) {
    throw new StoreTrouble(
      `${clean(shown)} is the store of a collector that keeps reports: one that only passes on would erase them.`,
      {
        suggestions: [
          'serve --store sqlite:PATH --also URL keeps them and passes on besides.',
          '--queue sqlite:PATH names another place for what waits.',
        ],
      },
    );
  }
}
