import {UserError} from '../errors.ts';

const units: Record<string, number> = {ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000};

/**
 * Milliseconds of a duration in Go's syntax: `90s`, `1h30m`, `500ms`, `0`.
 *
 * @throws {UserError} usage, if it is none or negative
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (/^(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/.test(text)) {
    let sum = 0;
    for (const [, number, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) sum += Number(number) * units[unit!]!;
    if (Number.isFinite(sum)) return sum;
  }
  throw new UserError('usage', `${JSON.stringify(text)} is not a duration.`, {
    suggestions: ['Write it as Go does: 90s, 5m, 1h30m, 24h.'],
  });
}

/** Milliseconds as a duration in Go's syntax, for help: `60s`, `24h`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    // A minute reads better as 60s, as kubectl has it.
    if (milliseconds % units[unit]! === 0 && milliseconds / units[unit]! > 1)
      return `${milliseconds / units[unit]!}${unit}`;
  }
  return milliseconds === 0 ? '0' : `${milliseconds}ms`;
}
