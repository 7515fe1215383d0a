import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {dayOf} from '../periods.ts';
import type {Store, Writer} from '../store/contract.ts';
import {kinds, type Piece} from '../store/pieces.ts';
import {BadLine} from './bad-line.ts';
import {fieldsOf, headingOf, pieceOf, sumsOf} from './check.ts';
import type {Heading} from './export.ts';
import {Adding, differing, lineOf, type Sums} from './lines.ts';

/** Pieces and characters of one transaction: more gain nothing. Of many days it may have too many locks (store/postgres/few-locks.ts). */
const [mostPieces, mostCharacters, mostDays] = [1000, 4 * 1024 * 1024, 5];

/** What came of an import. */
export interface Imported {
  readonly heading: Heading;
  readonly sums: Sums;
  /** Lines that an earlier run had taken. */
  readonly taken: number;
}

/**
 * Takes an export into a store that is empty, or that a part of the same export was taken into; then reads the store and
 * compares it with what the export says it has.
 *
 * @param lines as they come; an Error of it says what is wrong with the next one
 * @throws {UserError} input, if it is no export, is not whole, or the store holds something else; what was taken stays, and
 *   the same export given again goes on there
 */
export async function importLines(store: Store, writer: Writer, lines: AsyncIterable<string>): Promise<Imported> {
  let number = 0;
  let heading: Heading | undefined;
  let sums: Sums | undefined;
  let taken = 0;
  const adding = new Adding();
  let batch: Piece[] = [];
  let characters = 0;
  const days = new Set<number>();
  const flush = async () => {
    if (batch.length > 0) await writer.put(batch, {id: heading!.id, lines: number});
    [batch, characters] = [[], 0];
    days.clear();
  };
  const take = async (line: string) => {
    const fields = fieldsOf(line);
    if (!heading) {
      heading = headingOf(fields);
      taken = await begin(store, writer, heading);
    } else if (sums) {
      throw new BadLine('comes after the last one');
    } else if (fields.kind === 'end') {
      sums = sumsOf(fields);
    } else {
      const piece = number > taken ? pieceOf(fields) : undefined;
      // What is not told of is not hidden in it either: another spelling, a key that comes twice.
      if (piece && lineOf(piece) !== line) throw new BadLine('is not written as an export is');
      adding.add(piece?.kind ?? kindOf(fields), line);
      if (piece) batch.push(piece);
      if (piece?.kind === 'day') days.add(piece.day);
      if (piece?.kind === 'report') days.add(dayOf(piece.received));
      characters += line.length;
    }
  };
  try {
    const reading = lines[Symbol.asyncIterator]();
    for (;;) {
      number++;
      const {value: line, done} = await reading.next();
      if (done) break;
      await take(line);
      if (batch.length >= mostPieces || characters > mostCharacters || days.size >= mostDays) await flush();
    }
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    throw new UserError('input', `Line ${number} ${clean(error.message, 300)}.`, {
      suggestions: ['Give the file as seldon-usage serve export made it.'],
      cause: error,
    });
  }
  number--;
  await flush();
  if (!heading || !sums) throw cutOff(number);
  requireSame(adding.sums(), sums, 'The export does not hold what it says');
  requireSame(await sumsIn(store), sums, 'The store does not hold what the export does');
  await writer.put([], undefined);
  return {heading, sums, taken};
}

/** Makes sure that the export may go into the store; how many of its lines are there already. */
async function begin(store: Store, writer: Writer, {id}: Heading): Promise<number> {
  const moved = await writer.moved();
  if (moved?.id === id) return moved.lines;
  const other = 'Name another store with --store, or move this one away.';
  if (moved) {
    throw new UserError('input', 'The store holds a part of another export.', {
      suggestions: ['Give that export again: it goes on where it stopped.', other],
    });
  }
  for await (const _ of store.maintenance.pieces()) {
    throw new UserError('input', 'The store is not empty: an export goes into a store of its own.', {
      suggestions: [other],
    });
  }
  await writer.put([], {id, lines: 0});
  return 0;
}

async function sumsIn({maintenance}: Store): Promise<Sums> {
  const adding = new Adding();
  for await (const piece of maintenance.pieces()) adding.add(piece.kind, lineOf(piece));
  return adding.sums();
}

/** Of a line that was checked when it was taken. */
function kindOf(fields: ReturnType<typeof fieldsOf>): Piece['kind'] {
  const kind = kinds.find((kind) => kind === fields.kind);
  if (kind) return kind;
  throw new BadLine('is of an unknown kind');
}

function requireSame(found: Sums, said: Sums, what: string): void {
  const kinds = differing(found, said);
  if (kinds.length === 0) return;
  const told = kinds.map((kind) => `${kind}: ${found[kind].count}, not ${said[kind].count}`).join('; ');
  throw new UserError('input', `${what} (${told}; or as many, with another sum).`, {
    suggestions: ['Make a new export, and import it into a new store; this one is not to be used.'],
  });
}

function cutOff(lines: number): UserError {
  return new UserError('input', `The export is cut off after line ${lines}: its last line is missing.`, {
    suggestions: [
      'Give the whole of it: what was taken stays, and it goes on there.',
      'If the export itself broke off, make a new one and import it into an empty store: it is of one moment, and that is over.',
    ],
  });
}
