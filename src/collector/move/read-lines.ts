import {isUtf8} from 'node:buffer';
import {requireBoundedJson, UnboundedJson} from '../../host/bounded-json.ts';
import {BadLine} from './bad-line.ts';

/** An object of a few values: a clock has the most, three for each of its spans. */
const bounds = {depth: 4, values: 10_000};

/**
 * The lines of a stream, one after the other, without their ends; none is longer than `most` bytes, deep or of many values. A last one
 * without an end that is no JSON was cut off, and is left out.
 *
 * @throws {BadLine} that says what is wrong with the line
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string, void> {
  for await (const {bytes, isEnded} of splitLines(chunks, most))
    if (isEnded || (bytes.length > 0 && isWhole(bytes))) yield lineOf(bytes);
}

/**
 * The same, as they are. The last one may have no end.
 *
 * @throws {BadLine} if one is too long
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<{readonly bytes: Buffer; readonly isEnded: boolean}, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (part: Uint8Array) => {
    length += part.length;
    if (length > most) throw new BadLine(`is longer than ${most} bytes`);
    parts.push(part);
  };
  const taken = (): Buffer => {
    const bytes = parts.length === 1 ? Buffer.from(parts[0]!) : Buffer.concat(parts);
    [parts, length] = [[], 0];
    return bytes;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      take(chunk.subarray(from, end));
      yield {bytes: taken(), isEnded: true};
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  yield {bytes: taken(), isEnded: false};
}

function lineOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new BadLine('is not UTF-8');
  requireBounded(bytes);
  return bytes.toString('utf8');
}

function requireBounded(bytes: Buffer): void {
  try {
    requireBoundedJson(bytes, bounds);
  } catch (error) {
    if (!(error instanceof UnboundedJson)) throw error;
    throw new BadLine(error.message.replace(/^it /, ''), {cause: error});
  }
}

function isWhole(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  requireBounded(bytes);
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
