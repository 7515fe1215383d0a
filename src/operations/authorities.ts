import {readFileSync} from 'node:fs';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

/**
 * The certificates of a file.
 *
 * @param name what names the file: errors speak of that
 * @throws {UserError} usage, if the file can't be read or holds none
 */
export function readAuthorities(path: string | undefined, name = '--cacert'): string | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('usage', `${name} ${clean(path)} can't be read (${systemCode(error) ?? 'unknown reason'}).`, {
      cause: error,
    });
  }
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) return text;
  throw new UserError('usage', `${name} ${clean(path)} holds no certificate in PEM.`);
}
