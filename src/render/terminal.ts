import {Chalk, type ChalkInstance} from 'chalk';

/** Colours for a stream: none where it is no terminal, or where NO_COLOR (no-color.org) is set. */
export function colours({isTTY}: {isTTY?: boolean}, {NO_COLOR, TERM} = process.env): ChalkInstance {
  return new Chalk({level: isTTY && !NO_COLOR && TERM !== 'dumb' ? 1 : 0});
}

/** Columns to write in: the terminal's, else 80; never so few that a table can't be drawn. */
export function width({columns}: {columns?: number}): number {
  return Math.max(columns ?? 80, 40);
}
