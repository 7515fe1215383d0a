// A lock between processes, for work that should not be done twice at a time.
import {rm, stat, utimes, writeFile} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';

const beat = 2_000;
const abandoned = 30_000;

/**
 * Does the work while holding the lock file. The holder touches the file as long as it lives, so that a file left by a
 * killed process is recognized by its age: process numbers mean nothing where containers share a cache.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await taken(path))) await sleep(500);
  const heart = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), beat);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    await rm(path, {force: true});
  }
}

async function taken(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', {flag: 'wx', mode: 0o600});
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = await stat(path).then(
      (file) => Date.now() - file.mtimeMs,
      () => 0,
    );
    if (age > abandoned) await rm(path, {force: true});
    return false;
  }
}
