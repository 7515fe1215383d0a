import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {quantityValue} from '../report/index.ts';

/** Bodies are held in memory while they are judged. */
const mostBody = 256 * 1024 * 1024;

/** The size that `--max-body` says, in bytes. @throws {UserError} usage, if it is none */
export function bytesOf(text: string): number {
  let bytes = Number.NaN;
  try {
    bytes = quantityValue(text);
  } catch {
    // Told below.
  }
  if (Number.isInteger(bytes) && bytes >= 1024 && bytes <= mostBody) return bytes;
  throw new UserError('usage', `--max-body ${JSON.stringify(clean(text, 40))} is not a size from 1Ki to 256Mi.`, {
    suggestions: ['Write it as Kubernetes does: 16Mi.'],
  });
}
