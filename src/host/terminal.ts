/** Whether a stream shows colours: not where it is no terminal, or where NO_COLOR (no-color.org) is set. */
export function hasColours({isTTY = false}: {isTTY?: boolean}, {NO_COLOR, TERM} = process.env): boolean {
  return isTTY && !NO_COLOR && TERM !== 'dumb';
}

/** Columns to write in: the terminal's, else 80; never so few that a table can't be drawn. */
export function width({columns}: {columns?: number}): number {
  return Math.max(columns ?? 80, 40);
}

/**
 * Columns for messages and errors: the terminal's. Elsewhere they are not broken into lines: a log has one for each, and a
 * program searches it.
 */
export function messageWidth({columns}: {columns?: number}): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns, 40);
}
