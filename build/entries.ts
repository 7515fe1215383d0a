import {globSync} from 'node:fs';

/**
 * Every file that is started by its own name rather than imported: the program, its commands (oclif loads one by its
 * file), and whatever runs in a thread or a process of its own. Each becomes a file of dist at the same place.
 */
export function programEntries(): string[] {
  return [
    'src/cli/main.ts',
    'src/cli/complete.ts',
    'src/operations/known-names.ts',
    'src/helm/post-renderer.ts',
    ...globSync(['src/commands/**/*.ts', 'src/collector/*-thread.ts']).sort(),
  ];
}

/**
 * What bin/run.js asks before the program where compiled code may be kept: one file that loads no other, since none of them
 * is compiled yet. Measured: 3 ms of a start.
 */
export const firstEntry = 'src/host/private-folder.ts';

/** The library, built apart so that nothing of the program comes with it. */
export const libraryEntry = 'src/report/index.ts';

/** The dashboard: a script and a style for browsers, and the files that go with them as they are. */
export const pageEntries = ['src/collector/dashboard/page.ts', 'src/collector/dashboard/page.css'];
export const pageFiles = ['src/collector/dashboard/index.html', 'src/collector/dashboard/icon.svg'];
