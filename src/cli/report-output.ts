import {printExact} from './print.ts';
import {writeFileWhole} from './write-file.ts';

/** Where and how a document is written. */
export interface Writing {
  readonly output?: string | undefined;
  readonly pretty: boolean;
}

/** Writes a document and a line break: to a file, whole or not at all, or to standard output. */
export function writeDocument({output}: Writing, parts: Iterable<string>): void {
  const text = line(parts);
  if (output !== undefined && output !== '-') writeFileWhole(output, text);
  else for (const part of text) printExact(part);
}

function* line(parts: Iterable<string>): Generator<string, void> {
  yield* parts;
  yield '\n';
}
