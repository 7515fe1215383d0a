import {jsonLine, shownJson, shownLines} from '../foreign.ts';
import {messageWidth} from '../host/terminal.ts';
import {message} from '../render/hint.ts';
import {readerIsGone} from './output.ts';

/** Prints a message for people as the result of a command, fitted to the terminal. */
export function say(text: string): void {
  if (text === '') return;
  process.stdout.write(`${message(text.trimEnd(), messageWidth(process.stdout))}\n`);
}

/**
 * Prints the result of a command for programs: a line of JSON. What JSON leaves as it is and a terminal would heed is escaped,
 * which is the same value.
 */
export function printJson(value: object): void {
  process.stdout.write(`${jsonLine(value)}\n`);
}

/** Prints the result of a command as it is: a file for another program. */
export function printText(text: string): void {
  process.stdout.write(text);
}

/**
 * Prints a report, or a part of one, to the byte. A terminal is shown what it would heed as JSON escapes it, which is the same value:
 * names of nodes are whatever the server says, and files of the state directory what others may have put there.
 */
export function printExact(report: string | Uint8Array): void {
  const text = process.stdout.isTTY ? shownJson(String(report)) : report;
  process.stdout.write(text);
}

/**
 * Prints text that comes in any number of parts, as fast as it is read: what is not yet written is not made either, nor what
 * nobody reads any more.
 */
export async function printAll(parts: AsyncIterable<string>): Promise<void> {
  for await (const text of inPieces(parts)) {
    await new Promise((written) => process.stdout.write(text, written));
    if (readerIsGone()) return;
  }
}

/** Prints a message for people that is not the result, on standard error. */
export function tell(text: string): void {
  process.stderr.write(`${message(shownLines(text.trimEnd()), messageWidth(process.stderr))}\n`);
}

/** Something that a person should know, in a sentence. */
export function warn(sentence: string): void {
  tell(`Warning: ${sentence}`);
}

/** Characters that are written at once. */
const piece = 64 * 1024;

/** The same text in larger parts: each is a call of the system. */
async function* inPieces(parts: AsyncIterable<string>): AsyncGenerator<string, void> {
  let text = '';
  for await (const part of parts) {
    text += part;
    if (text.length < piece) continue;
    yield text;
    text = '';
  }
  yield text;
}
