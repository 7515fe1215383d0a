import {join} from 'node:path';
import type {Bench} from './figures.ts';
import {ratio, script, sideBySide} from './measure.ts';

const run = join(import.meta.dirname, '../bin/run.js');
const dev = join(import.meta.dirname, '../bin/dev.js');
const report = join(import.meta.dirname, '../examples/report.json');

/** What starting costs, against a Node.js that does nothing. */
export const bench: Bench = {
  name: 'Start-up against node -e 0: whole process, medians',
  async run() {
    const subjects = [
      script('bare', ['-e', '0']),
      script('--version', [run, '--version']),
      script('--help', [run, '--help']),
      script('show FILE', [run, 'show', report]),
      script('--version from source', [dev, '--version']),
      script('show FILE from source', [dev, 'show', report]),
    ];
    const runs = await sideBySide(subjects, 9);
    const bare = runs.get('bare')!;
    return subjects.slice(1).flatMap(({name}) => [
      {what: `${name}, wall`, value: ratio(runs.get(name)!, bare, 'wall'), unit: '× bare node'},
      {what: `${name}, peak memory`, value: ratio(runs.get(name)!, bare, 'peak'), unit: '× bare node'},
    ]);
  },
};
