import {fileURLToPath} from 'node:url';

/** Word before which the single executable does the post-renderer's work: there is no file that Helm could start. */
export const postRenderWord = '__post-render';

/**
 * A file of the build, out of the single executable that holds them all; undefined in a program of many files.
 *
 * @param name path below dist
 */
export function embedded(name: string): Buffer | undefined {
  const {getRawAsset, isSea} = process.getBuiltinModule('node:sea');
  return isSea() ? Buffer.from(getRawAsset(name)) : undefined;
}

/** A file of the build on the disk, also for a program that runs from its source: a browser needs the built page. */
export function builtFile(name: string): URL {
  return new URL(name, dist());
}

/** The file that a thread or a process starts with, by its path below src or dist without its ending. */
export function entryFile(name: string): URL {
  const here = import.meta.url;
  return here.endsWith('.ts') ? new URL(`../${name}.ts`, here) : new URL(`${name}.js`, dist());
}

/** Program and arguments that run the post-renderer; the folder of the change follows. */
export function postRenderCommand(): [string, ...string[]] {
  if (process.getBuiltinModule('node:sea').isSea()) return [process.execPath, postRenderWord];
  const file = fileURLToPath(entryFile('helm/post-renderer'));
  // From the source, with what Node was told for this process: tests keep there what was made of the source.
  return [process.execPath, ...(file.endsWith('.ts') ? process.execArgv : []), file];
}

/** The folder of the build, wherever in it this code ended up. */
function dist(): URL {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return new URL('../../dist/', here);
  return new URL(here.slice(0, here.lastIndexOf('/dist/') + '/dist/'.length));
}
