import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {besideProgram, isBeside} from '../../host/beside.ts';

/** Google's client is no part of the program: few need it, and it would be a third of it. */
export const bigqueryPackage = '@google-cloud/bigquery';

/** Its major version that is tried. */
const major = 9;

export const howToInstall = `npm install --global ${bigqueryPackage}@${major}`;

/** @throws {UserError} usage, if Google's client is not installed where the program looks for it */
export function requireBigqueryPackage(from = besideProgram()): void {
  if (isBeside(bigqueryPackage, from)) return;
  throw new UserError(
    'usage',
    `Passing on to BigQuery needs Google's client ${bigqueryPackage}, and it is not installed.`,
    {
      suggestions: [
        `Where the program was installed with npm, the same way: ${howToInstall}`,
        `Else into a folder node_modules beside the program or above it, ${clean(dirname(fileURLToPath(from)))}.`,
      ],
    },
  );
}
