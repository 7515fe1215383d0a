import {reasonOf, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Judged, notOwn, readJudged} from '../host/whose-file.ts';

/**
 * The certificates of a file.
 *
 * @param unasked nobody sees first what is sent, and to whom: nobody else may have said whom to trust
 * @param name what names the file: errors speak of that
 * @throws {UserError} usage, if the file can't be read or holds none; consent, if it is not the user's alone
 */
export function readAuthorities(
  path: string | undefined,
  unasked: boolean,
  name: '--cacert' | 'cacert' = '--cacert',
): string | undefined {
  if (path === undefined) return undefined;
  let read: Judged;
  try {
    read = readJudged(path);
  } catch (error) {
    throw new UserError('usage', `${name} ${clean(path)} can't be read (${reasonOf(error)}).`, {
      cause: error,
    });
  }
  const {text, others} = read;
  if (unasked && others !== undefined) throw notOwn(path, others, 'consent', 'Nothing was sent.');
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) return text;
  throw new UserError('usage', `${name} ${clean(path)} holds no certificate in PEM.`);
}
