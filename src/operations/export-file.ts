import {setImmediate} from 'node:timers/promises';
import {BadLine} from '../collector/move/bad-line.ts';
import type {Sums} from '../collector/move/lines.ts';
import {Part} from '../collector/move/part.ts';
import {placeOf} from '../collector/place.ts';
import {engineOf} from '../collector/store/engines.ts';
import {isDiskFull, reasonOf, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {notWritten} from '../host/not-written.ts';
import {openResumed, type ResumedFile} from '../host/resumed-file.ts';
import {packageVersion} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {exportStore} from './move.ts';

/** What was exported into a file. */
export interface Exported {
  readonly store: string;
  readonly file: string;
  /** Reports whose bodies an interrupted export had written, and were not read again. */
  readonly taken: number;
  readonly sums: Sums;
}

/** Of whoever runs it. */
interface Running {
  /** A line for a person, who is not the reader of the result. */
  say(line: string): void;
  /** Has something done when the process ends; what it returns takes that back. */
  onExit(work: () => void): () => void;
}

/**
 * Exports a store into a file, whole or not at all. What an export to it has written that was interrupted is not read again of the store,
 * as far as it is bodies of reports that are still there: the file is what an export from nothing would be.
 *
 * @throws {UserError} input, if the store can't be read or the file not written; what is written by then stays for the next one,
 * unless the disk is full that the store may be on
 */
export async function exportToFile(
  store: string | undefined,
  path: string,
  around: Surroundings,
  {say, onExit}: Running,
): Promise<Exported> {
  const file = writing(path, () => openResumed(path, say));
  let [lines, reports] = [0, 0];
  const leave = (keep: boolean) => {
    // What comes before reports is read anew in any case.
    const stays = file.leave(keep && reports > 0);
    if (stays) say(`What was written stays in ${clean(stays)}: the same command goes on with it.`);
  };
  const settled = onExit(() => leave(true));
  try {
    const part = await partOf(file, say);
    const exporting = await exportStore(store, around, part);
    for await (const line of exporting.lines) {
      if (line.startsWith(reportLine)) reports++;
      // Nothing else would: a signal is heeded then.
      if (++lines % linesOfATurn === 0) await setImmediate();
      writing(path, () => {
        file.write(line);
        // Everything that was taken of it is written.
        if (part?.isSpent && reports >= part.asked) file.outgrow();
      });
    }
    writing(path, () => file.finish());
    if (part?.taken === 0)
      say(
        `Of the reports in ${clean(file.before!.path)} none was taken: the store has none of them, or they have other times.`,
      );
    return {store: exporting.store, file: path, taken: part?.taken ?? 0, sums: exporting.sums()!};
  } catch (error) {
    // The collector may need the room, and to read its own disk again takes little.
    const isFull = isDiskFull(error instanceof UserError ? error.cause : error);
    leave(!(isFull && (await engineOf(placeOf({store}, around).address)).isOnDisk));
    throw error;
  } finally {
    settled();
  }
}

/** Lines after which others get their turn. */
const linesOfATurn = 1000;

const reportLine = '{"kind":"report"';

async function partOf({before}: ResumedFile, say: Running['say']): Promise<Part | undefined> {
  if (!before) return undefined;
  const shown = clean(before.path);
  try {
    const part = await Part.of(before.chunks, packageVersion);
    say(`${shown} is of an export that was interrupted: what it has is not read again.`);
    return part;
  } catch (error) {
    const why = error instanceof BadLine ? clean(error.message) : `can't be read (${reasonOf(error)})`;
    say(`${shown} is not used: it ${why}.`);
    return undefined;
  }
}

function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw error instanceof UserError ? error : notWritten(path, error);
  }
}
