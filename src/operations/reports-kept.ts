import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Surroundings, setting} from '../settings.ts';

/**
 * How many reports are kept that no longer wait, delivered ones and others each: the setting `keep-reports`.
 *
 * @throws {UserError} usage, if it is neither a number nor `all`
 */
export function reportsKept(flag: string | undefined, around: Surroundings): number {
  const {value, origin} = setting('keep-reports', flag, around)!;
  if (value === 'all') return Number.POSITIVE_INFINITY;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const name = origin === 'flag' ? '--keep-reports' : 'The setting keep-reports';
  throw new UserError('usage', `${name} is ${JSON.stringify(clean(value, 40))}; it can be a number, or all.`);
}
