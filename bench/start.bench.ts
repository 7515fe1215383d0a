import {join} from 'node:path';
import type {Bench} from './figures.ts';
import {median, ratio, script, sideBySide} from './measure.ts';

const run = join(import.meta.dirname, '../bin/run.js');
const dev = join(import.meta.dirname, '../bin/dev.js');
const report = join(import.meta.dirname, '../examples/report.json');

/** Most of a bare Node's wall time that a person should wait. */
const most: Readonly<Record<string, number>> = {'--version': 1.6, '--help': 1.9, 'show FILE': 2.5};

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
    const runs = await sideBySide(subjects, 15);
    const bare = runs.get('bare')!;
    const against = (figure: 'wall' | 'cpu' | 'peak', what: string) =>
      subjects.slice(1).map(({name}) => ({
        what: `${name}, ${what}`,
        value: ratio(runs.get(name)!, bare, figure),
        unit: '× bare node',
        ...(figure === 'wall' && most[name] !== undefined ? {limit: {most: most[name]}} : {}),
      }));
    return [
      ...against('wall', 'wall'),
      ...against('cpu', 'CPU'),
      ...against('peak', 'peak memory'),
      {what: 'bare node, wall', value: median(bare.map(({wall}) => wall)), unit: 's'},
      {what: 'bare node, peak memory', value: median(bare.map(({peak}) => peak)), unit: 'MiB'},
    ];
  },
};
