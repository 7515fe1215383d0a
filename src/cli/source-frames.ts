import {readFileSync} from 'node:fs';
import {SourceMap, type SourceMapPayload} from 'node:module';
import {dirname, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

/**
 * A stack trace whose frames name files of src, where the build has a map for them: a bug report then says where. Loaded
 * and read only once there is one to print, so that no start pays for it.
 */
export function sourceFrames(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(
    /(file:\/\/\/[^\s():]+|\/[^\s():]+):(\d+):(\d+)/g,
    (frame, file: string, line: string, column: string) => {
      const path = file.startsWith('file:') ? fileURLToPath(file) : file;
      if (!maps.has(path)) maps.set(path, mapOf(path));
      // Both count from 1 in a stack, and from 0 in a map.
      const entry = maps.get(path)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (!entry || !('originalSource' in entry)) return frame;
      const source = relative(root(path), resolve(dirname(path), entry.originalSource));
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}

/** The folder of the package: the one that holds dist. */
function root(path: string): string {
  return path.slice(0, path.lastIndexOf('/dist/') + 1);
}

function mapOf(path: string): SourceMap | undefined {
  if (!path.includes('/dist/')) return undefined;
  try {
    return new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
