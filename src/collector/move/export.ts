import type {Store} from '../store/contract.ts';
import type {KnownBodies} from '../store/pieces.ts';
import {Adding, format, lineOf, type Sums} from './lines.ts';

/** What an export begins with. */
export interface Heading {
  /** A UUID of its own. */
  readonly id: string;
  /** ISO 8601. */
  readonly made: string;
  /** Version of the program. */
  readonly by: string;
}

/**
 * All that a store holds, of one state of it, in lines with their ends; also while a server runs.
 *
 * @param done is given the sums once the last line was taken
 * @param bodies of reports that are at hand
 */
export async function* exportLines(
  {maintenance}: Store,
  heading: Heading,
  done: (sums: Sums) => void = () => {},
  bodies?: KnownBodies,
): AsyncGenerator<string, void> {
  yield `${JSON.stringify({kind: 'export', format, ...heading})}\n`;
  const adding = new Adding();
  for await (const piece of maintenance.pieces(bodies)) {
    const line = lineOf(piece);
    adding.add(piece.kind, line);
    yield `${line}\n`;
  }
  const sums = adding.sums();
  yield `${JSON.stringify({kind: 'end', sums})}\n`;
  done(sums);
}
