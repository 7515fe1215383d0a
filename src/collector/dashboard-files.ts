import {readFileSync} from 'node:fs';
import {builtFile, embedded} from '../host/built.ts';

/** A file of the dashboard, held in memory. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

const files = [
  {path: '/', file: 'index.html', type: 'text/html; charset=utf-8'},
  {path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8'},
  {path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8'},
  {path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml'},
] as const;

/** The dashboard's files as the build made them, by their path in the URL. */
export function dashboardFiles(): Record<string, PageFile> {
  return Object.fromEntries(
    files.map(({path, file, type}) => {
      const name = `collector/dashboard/${file}`;
      return [path, {type, body: embedded(name) ?? readFileSync(builtFile(name))}];
    }),
  );
}
