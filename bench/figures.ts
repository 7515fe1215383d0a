/** One figure of the table: what was measured, and the limit that it has to keep where there is one. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The figure must be at most, or at least, this. */
  limit?: {most?: number; least?: number};
}

/** A benchmark: what `npm run bench` runs and prints. */
export interface Bench {
  name: string;
  run(): Promise<Figure[]>;
}

/** The figures as lines, each with its verdict. */
export function renderFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({what, value, unit, limit}) => {
    const bound = limit?.most !== undefined ? `≤ ${limit.most}` : limit?.least !== undefined ? `≥ ${limit.least}` : '';
    return [
      what,
      `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`,
      bound,
      isKept({what, value, unit, ...(limit ? {limit} : {})}) ? '' : 'MISSED',
    ];
  });
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Whether the figure keeps its limit. */
export function isKept({value, limit}: Figure): boolean {
  return (
    !(limit?.most !== undefined && !(value <= limit.most)) && !(limit?.least !== undefined && !(value >= limit.least))
  );
}
