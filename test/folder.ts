import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, {recursive: true, force: true});
});

/**
 * A new folder that goes when the test's process ends.
 *
 * @param prefix of its name, which tells whose it was where a test was killed
 */
export function newFolder(prefix = 'collector-'): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.push(folder);
  return folder;
}
