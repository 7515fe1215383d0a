/**
 * The canonical form of a Kubernetes quantity, as k8s.io/apimachinery/pkg/api/resource defines it: no fraction, the
 * largest suffix that loses nothing, decimal or binary as it was written. `1000` → `1k`, `1024Mi` → `1Gi`,
 * `0.5` → `500m`.
 */

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const grammar = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]?|[eE][+-]?0*\d{1,3})$/;

/** Smallest unit: a billionth. All arithmetic is in whole billionths. */
const nano = 10n ** 9n;
const largest = (2n ** 63n - 1n) * nano;

/** A quantity taken apart: billionths, and the family of suffixes it was written with. */
interface Quantity {
  nanos: bigint;
  format: 'decimal' | 'binary' | 'exponent';
}

/**
 * The quantity in its canonical form. Finer than a billionth is rounded away from zero; binary quantities are capped
 * at 2^63-1, as Kubernetes does.
 *
 * @throws {SyntaxError} if `text` is no Kubernetes quantity
 */
export function canonicalQuantity(text: string): string {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const canonical = canonicalOf(parse(text));
  if (remembered.size < mostRemembered) remembered.set(text, canonical);
  return canonical;
}

/** A large cluster has few kinds of nodes: most quantities come again, and one string can stand for all. */
const remembered = new Map<string, string>();
const mostRemembered = 10_000;

function canonicalOf({nanos, format}: Quantity): string {
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size === 0n) return '0';
  // Kubernetes writes a binary quantity as a decimal one where that is clearer (below 1024) or needed (fractions).
  if (format === 'binary' && size >= 1024n * nano && size % nano === 0n) {
    const [number, power] = divideOut(size / nano, 1024n, binarySuffixes.length - 1);
    return `${sign}${number}${binarySuffixes[power]}`;
  }
  const [number, power] = divideOut(size, 1000n, format === 'exponent' ? 1000 : decimalSuffixes.length - 1);
  const exponent = power * 3 - 9;
  if (format === 'exponent') return `${sign}${number}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${number}${decimalSuffixes[power]}`;
}

/**
 * The quantity as a number, for sums and for people; large values lose precision as numbers do.
 *
 * @throws {SyntaxError} if `text` is no Kubernetes quantity
 */
export function quantityValue(text: string): number {
  return Number(parse(text).nanos) / 1e9;
}

function parse(text: string): Quantity {
  const [, sign, digits = '', suffix = ''] = text.length <= 64 ? (grammar.exec(text) ?? []) : [];
  if (sign === undefined) throw new SyntaxError(`not a Kubernetes quantity: ${JSON.stringify(text.slice(0, 64))}`);
  const [whole = '', fraction = ''] = digits.split('.');
  const format = suffix.endsWith('i') ? 'binary' : /^[eE][+-]?\d/.test(suffix) ? 'exponent' : 'decimal';
  const factor = format === 'binary' ? 1024n ** BigInt(binarySuffixes.indexOf(suffix)) : 1n;
  const exponent =
    format === 'decimal'
      ? decimalSuffixes.indexOf(suffix) * 3 - 9
      : format === 'exponent'
        ? Number(suffix.slice(1))
        : 0;
  const shift = exponent + 9 - fraction.length;
  const mantissa = BigInt(whole + fraction) * factor;
  let nanos = shift >= 0 ? mantissa * 10n ** BigInt(shift) : divideUp(mantissa, 10n ** BigInt(-shift));
  if (format === 'binary' && nanos > largest) nanos = largest;
  return {nanos: sign === '-' ? -nanos : nanos, format};
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** Divides by `base` as often as it goes without a remainder, at most `limit` times. */
function divideOut(number: bigint, base: bigint, limit: number): [bigint, number] {
  let power = 0;
  while (power < limit && number % base === 0n) {
    number /= base;
    power++;
  }
  return [number, power];
}
