import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {attacks, endAttacks, honest, silentAdmin} from '../test/collector/attacks.ts';
import {honestReports} from '../test/collector/honest.ts';
import {startProgram} from '../test/collector/program.ts';
import type {Bench} from './figures.ts';

/** Honest reports from one address while another does all that it can. */
export const bench: Bench = {
  name: 'Honest reports while one address holds connections, sends slow bodies and bodies of a million keys at once',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'bench-shares-'));
    const program = await startProgram(join(folder, 'reports.db'));
    try {
      for (const [, begin] of [...attacks, silentAdmin]) await begin(program);
      const {refused, p99} = await honestReports({port: program.port, localAddress: honest, count: 300});
      return [
        {what: 'honest reports, p99', value: p99, unit: 'ms', limit: {most: 1000}},
        {what: 'honest reports refused', value: refused, unit: '', limit: {most: 0}},
      ];
    } finally {
      endAttacks();
      await program.kill();
      rmSync(folder, {recursive: true});
    }
  },
};
