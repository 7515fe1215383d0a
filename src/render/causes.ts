import {clean} from '../foreign.ts';

/** Most causes that are told, and frames of each. */
const most = {causes: 8, frames: 12};

/**
 * The chain of causes of an error, a line each with the frames below it: what a library said before it was put into words
 * for people. Cleaned more than other foreign text, since the messages of libraries quote what they were given.
 */
export function causesOf(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = error; cause !== undefined && cause !== null && !seen.has(cause) && seen.size <= most.causes; ) {
    seen.add(cause);
    lines.push(`${seen.size === 1 ? 'Error' : 'Caused by'}: ${described(cause)}`, ...frames(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function described(cause: unknown): string {
  if (!(cause instanceof Error)) return masked(cause);
  const {code, syscall} = cause as {code?: unknown; syscall?: unknown};
  const about = [code, syscall].filter((word) => typeof word === 'string' || typeof word === 'number').join(', ');
  return `${clean(cause.name, 60)}${about ? ` (${clean(about, 80)})` : ''}: ${masked(cause.message)}`;
}

function frames(cause: unknown): string[] {
  if (!(cause instanceof Error)) return [];
  const all = String(cause.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
  return all.slice(0, most.frames).map((line) => `  ${clean(line, 400)}`);
}

/** Queries of URLs, what parsers quote, and words that are long and mixed enough for a credential go. */
function masked(message: unknown): string {
  return clean(message, 500)
    .replace(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s?'"]{0,500})\?[^\s'"]*/gi, '$1?…')
    .replace(/"(?:[^"\\]|\\.){0,500}"?/g, '"…"')
    .replace(/(?<![\w/.-])(?=[A-Za-z_+=-]*\d)[A-Za-z0-9_+=-]{24,}(?![\w/.])/g, '…');
}
