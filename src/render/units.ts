import {quantityValue} from '../report/quantity.ts';

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `12,345.6`. Not by Intl, which loads V8's tables of all languages: 10 ms of a start, 30 with a cold disk cache. */
export function count(value: number): string {
  const text = Math.abs(value) < 1e21 || !Number.isFinite(value) ? String(rounded(value)) : String(BigInt(value));
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** To one decimal, halves upwards: of the shortest decimal, as people see it, since 0.15 is a little less in binary. */
function rounded(value: number): number {
  if (Math.abs(value) < 0.05) return 0;
  return Math.abs(value) < 1e15 ? Math.round(Number(`${value}e1`)) / 10 : value;
}

/** `1 node`, `5,000 nodes` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Bytes in the unit that people would choose: `15.5 GiB`. */
export function bytes(value: number): string {
  let power = 0;
  for (; value >= 1024 && power < binary.length - 1; power++) value /= 1024;
  return `${count(value)} ${binary[power]}`;
}

/** The amount of a resource as a number; NaN if it is not a quantity, as another program's report can hold. */
export function amount(quantity: string): number {
  try {
    return quantityValue(quantity);
  } catch {
    return Number.NaN;
  }
}

/** Resources that are measured in bytes. */
export function isBytes(resource: string): boolean {
  return (
    resource === 'memory' ||
    resource === 'ephemeral-storage' ||
    resource.startsWith('hugepages-') ||
    resource.endsWith('/epc')
  );
}

/** The amount of a resource for people: `4`, `15.5 GiB`. */
export function resourceAmount(resource: string, value: number): string {
  return isBytes(resource) ? bytes(value) : count(value);
}
