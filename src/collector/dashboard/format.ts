import type {Shown} from './shares.ts';

const number = new Intl.NumberFormat('en', {maximumFractionDigits: 1});
const short = new Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1});
const binary = ['MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A number with its unit where the unit is not clear: `1,234`, `15.5 TiB`; null is a dash. */
export function amount(value: number | null | undefined, unit: Shown['unit']): string {
  if (value === null || value === undefined) return '–';
  if (unit === '%') return `${number.format(value)}%`;
  return unit === 'MiB' ? inBinary(value) : number.format(value);
}

/** The same for an axis, where there is little room: `1.2K`. */
export function shortAmount(value: number, unit: Shown['unit']): string {
  if (unit === '%') return `${short.format(value)}%`;
  return unit === 'MiB' ? inBinary(value) : short.format(value);
}

function inBinary(mebibytes: number): string {
  let power = 0;
  let value = mebibytes;
  for (; value >= 1024 && power < binary.length - 1; power++) value /= 1024;
  return `${number.format(value)} ${binary[power]}`;
}
