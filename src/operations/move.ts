import {randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {exportLines, type Heading} from '../collector/move/export.ts';
import {importLines} from '../collector/move/import.ts';
import type {Sums} from '../collector/move/lines.ts';
import {readLines} from '../collector/move/read-lines.ts';
import {placeOf} from '../collector/place.ts';
import {engineOf} from '../collector/store/engines.ts';
import type {KnownBodies} from '../collector/store/pieces.ts';
import {reasonOf, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {packageVersion} from '../report/index.ts';
import {defaults, type Surroundings} from '../settings.ts';
import {bytesOf} from './body-size.ts';
import {keepingStore, passesOnly} from './store.ts';

/** An export that was begun: its lines, and what they held once all were taken. */
export interface Exporting {
  readonly store: string;
  readonly lines: AsyncIterable<string>;
  sums(): Sums | undefined;
}

/**
 * All that a store holds as lines, also while a server runs on it.
 *
 * @param bodies of reports that are at hand
 * @throws {UserError} input, at the first line, if it can't be read
 */
export async function exportStore(
  store: string | undefined,
  around: Surroundings,
  bodies?: KnownBodies,
): Promise<Exporting> {
  const opened = await keepingStore(store, around);
  const heading: Heading = {id: randomUUID(), made: new Date().toISOString(), by: packageVersion};
  let sums: Sums | undefined;
  const done = (all: Sums) => {
    sums = all;
  };
  const lines = exportLines(opened, heading, done, bodies);
  return {store: opened.shown, lines, sums: () => sums};
}

/** Into which store, and how large a report may be. */
export interface ImportOptions {
  readonly store: string | undefined;
  readonly maxBody: string | undefined;
}

/** What was imported. */
export interface ImportResult {
  readonly store: string;
  /** When the export was made. */
  readonly made: string;
  /** Lines that an earlier run had taken. */
  readonly taken: number;
  readonly sums: Sums;
}

/** A report in an export is a text in a text: a quote of it takes two bytes more at most, and what is beside it a few. */
const [aByte, beside] = [3, 4096];

/**
 * Takes an export into a store that no server runs on, and compares the two.
 *
 * @param file what `exportStore` made; `-`: standard input
 * @throws {UserError} input; then the same export given again goes on where it stopped
 */
export async function importStore(
  file: string,
  {store, maxBody}: ImportOptions,
  around: Surroundings,
  say: (line: string) => void,
): Promise<ImportResult> {
  const most = aByte * bytesOf(maxBody ?? defaults.maxBody) + beside;
  const {address: named, sink} = placeOf({store}, around);
  if (sink)
    throw new UserError('usage', `A collector that only passes on, to ${clean(sink.name)}, takes no import.`, {
      suggestions: ['--store names a store that keeps what it takes: sqlite:PATH or postgres://…'],
    });
  const engine = await engineOf(named);
  const {address, release} = await engine.lock(named, say);
  try {
    const opened = engine.at(address);
    const writer = await opened.writer({create: true});
    try {
      if (writer.relay) throw passesOnly(address.shown, (await opened.maintenance.passesOnlyTo()) ?? []);
      const input = file === '-' ? process.stdin : createReadStream(file);
      const {heading, sums, taken} = await importLines(opened, writer, readLines(chunks(input, file), most));
      return {store: address.shown, made: heading.made, taken, sums};
    } finally {
      await writer.close();
    }
  } finally {
    await release();
  }
}

async function* chunks(input: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* input;
  } catch (error) {
    throw new UserError('input', `${clean(file)} can't be read (${reasonOf(error)}).`, {
      suggestions: ['Name the file that seldon-usage serve export made; - stands for standard input.'],
      cause: error,
    });
  }
}
