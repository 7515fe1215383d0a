/**
 * Milliseconds that a Retry-After header asks to wait: seconds, or a date (RFC 9110, 10.2.3).
 *
 * @param now milliseconds since 1970
 * @returns undefined where there is none or it says neither
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const text = header.trim();
  // Without the zone's name Date.parse makes a date of nearly anything, of "-5" too.
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : /GMT$/.test(text) ? Date.parse(text) - now : Number.NaN;
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}
