import {globSync} from 'node:fs';

/**
 * Every file that is started by its own name rather than imported: the program, its commands (oclif loads one by its
 * file), and whatever runs in a thread or a process of its own. Each becomes a file of dist at the same place.
 */
export function programEntries(): string[] {
  return ['src/cli/main.ts', ...globSync('src/commands/**/*.ts').sort()];
}

/** The library, built apart so that nothing of the program comes with it. */
export const libraryEntry = 'src/report/index.ts';
