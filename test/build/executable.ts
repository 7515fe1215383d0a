// The single executable, built once for a file of tests.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buildExecutable} from '../../build/sea.ts';

let built: Promise<string> | undefined;

/** Its path; gone at the end of the process. */
export function executable(): Promise<string> {
  if (!built) {
    const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-sea-'));
    process.once('exit', () => rmSync(folder, {recursive: true, force: true}));
    built = buildExecutable(folder);
  }
  return built;
}
