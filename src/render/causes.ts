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
    lines.push(`${seen.size === 1 ? 'Error' : 'Caused by'}: ${described(cause)}`);
    lines.push(
      ...frames(cause)
        .slice(0, most.frames)
        .map((frame) => `  ${frame}`),
    );
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** The message of an error that is a bug: its first line, since parsers show in others the text that they stumbled over. */
export function firstLine(error: unknown): string {
  const [first = '', ...more] = String(error instanceof Error ? error.message : error)
    .trim()
    .split('\n');
  return more.length > 0 ? `${first} …` : first;
}

function described(cause: unknown): string {
  if (!(cause instanceof Error)) return masked(cause);
  const {code, syscall} = cause as {code?: unknown; syscall?: unknown};
  const about = [code, syscall].filter((word) => typeof word === 'string' || typeof word === 'number').join(', ');
  return `${clean(cause.name, 60)}${about ? ` (${clean(about, 80)})` : ''}: ${masked(cause)}`;
}

/** Where an error arose, a line each, without its message: that may have lines of its own, and anything in them. */
export function frames(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const {stack = '', message} = error;
  const at = stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split('\n');
  return lines
    .filter((line) => /^\s+at .*(?::\d+:\d+|<anonymous>|native)\)?$/.test(line))
    .map((line) => clean(line, 400));
}

/** Queries of URLs, what parsers quote, and words that are long and mixed enough for a credential go. */
function masked(cause: unknown): string {
  return clean(firstLine(cause), 500)
    .replace(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s?'"]{0,500})\?[^\s'"]*/gi, '$1?…')
    .replace(/"(?:[^"\\]|\\.){0,500}"?/g, '"…"')
    .replace(/(?<![\w/.-])(?=[A-Za-z_+=-]*\d)[A-Za-z0-9_+=-]{24,}(?![\w/.])/g, '…');
}
