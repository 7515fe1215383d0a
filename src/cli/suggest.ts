import * as Errors from '@oclif/core/errors';
import {distance} from 'fastest-levenshtein';

/** Most edits between what was typed and what was meant: more is another word. */
const mostEdits = 3;

/** The candidate that was probably meant; undefined if none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(mostEdits, Math.ceil(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

/** What was probably meant, for an error of oclif's about a flag that there is not; undefined for others. */
export function flagMeant(error: unknown): string | undefined {
  if (!(error instanceof Errors.CLIError)) return undefined;
  const flag = /^Nonexistent flags?: --([\w-]+)/.exec(error.message)?.[1];
  const known = (error as {parse?: {input?: {flags?: object}}}).parse?.input?.flags;
  return flag !== undefined && known ? nearest(flag, Object.keys(known)) : undefined;
}
