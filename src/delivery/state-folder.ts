import {accessSync, closeSync, constants, existsSync, lstatSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {systemCode} from '../errors.ts';
import {makeFolder} from '../host/make-folder.ts';
import {openToAppend} from '../host/own-file.ts';
import {ledgerPath} from './ledger.ts';
import {notWritable} from './not-writable.ts';

/**
 * The folders of the state directory. A report's exact bytes are in one of the first three, as `<id>.json`; a rename moves
 * it on, so that it is never in none and never in two. `superseded` has all that was not delivered and never will be: also
 * what was refused or discarded. `waiting` holds what else is known of those in the outbox.
 */
export const folders = ['outbox', 'sent', 'superseded', 'waiting'] as const;
type Folder = (typeof folders)[number];

/** Where the bytes of a report are. */
export function bytesPath(folder: string, where: Folder, id: string): string {
  return join(folder, where, `${id}.json`);
}

/**
 * Makes the folders of the state directory, and sees that they and the ledger can be written.
 *
 * @throws {UserError} delivery, if not
 */
export function prepareState(folder: string): void {
  try {
    for (const name of folders) {
      makeFolder(join(folder, name));
      // What is behind a link is somewhere else, where this program writes nothing and removes nothing.
      if (!lstatSync(join(folder, name)).isDirectory()) throw Object.assign(new Error(name), {code: 'ELOOP'});
      accessSync(join(folder, name), constants.W_OK | constants.X_OK);
    }
    closeSync(openToAppend(ledgerPath(folder)));
  } catch (error) {
    throw notWritable(folder, systemCode(error) === 'ENOENT' ? (reasonAbove(folder) ?? error) : error);
  }
}

/** Node says only ENOENT of a folder that it can't make: what is above it has the reason. */
function reasonAbove(folder: string): unknown {
  let above = folder;
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above);
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}
