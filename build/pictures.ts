// Takes the pictures of the README: what `show` writes to a terminal, and the dashboard. `npm run pictures`; a test compares
// the first with what the program writes, and what the second says with what the dashboard says.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {terminalSvg} from './terminal-svg.ts';

const root = dirname(import.meta.dirname);

/** Where the pictures lie. */
export const pictures = {
  show: join(root, 'docs/pictures/show.svg'),
  dashboard: join(root, 'docs/pictures/dashboard.png'),
  /** What the dashboard says in its picture, a line for each piece of text. */
  texts: join(root, 'docs/pictures/dashboard.txt'),
};

/** Columns of the terminal. */
const columns = 80;

/** The call, as it stands in the picture. */
const call = `seldon-usage show --nodes nodes.json --cluster-id $ID \\
    --server-version v1.33.2 --seldon-version 1.18.2 \\
    --url https://usage.example.com`;

/** What `show` writes to a terminal of the example cluster, drawn; the time of the report is always the same. */
export function showPicture(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  symlinkSync(join(root, 'bin/run.js'), join(folder, 'seldon-usage'));
  const path = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
  // script(1) gives it a terminal.
  const {stdout, status} = spawnSync('script', ['-qec', `stty cols ${columns} rows 60; ${call}`, '/dev/null'], {
    cwd: join(root, 'examples'),
    encoding: 'utf8',
    env: {PATH: path, HOME: folder, TERM: 'xterm-256color', ID: '846db7e9-c861-43d7-8d08-31578af59878'},
  });
  rmSync(folder, {recursive: true});
  if (status !== 0) throw new Error(`show ended with ${status}: ${stdout}`);
  const shown = stdout.replace(/(Built +)\S+/, '$12026-11-26T09:00:00Z');
  return terminalSvg(
    `\u001b[32m$\u001b[0m ${call}\n\n${shown}`,
    columns,
    'What seldon-usage show writes of an example cluster',
  );
}

if (process.argv[1] === import.meta.filename) {
  // With a name that picture alone: a release needs no browser.
  const only = process.argv[2];
  if (only !== 'dashboard') writeFileSync(pictures.show, showPicture());
  if (only !== 'show') {
    const {dashboardPicture} = await import('./dashboard-picture.ts');
    const {png, texts} = await dashboardPicture();
    writeFileSync(pictures.dashboard, png);
    writeFileSync(pictures.texts, texts);
  }
}
