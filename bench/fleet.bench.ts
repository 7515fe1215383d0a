import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {startApiserver} from '../test/rig/apiserver.ts';
import {createNodes} from '../test/rig/nodes.ts';
import type {Bench} from './figures.ts';
import {ratio, script, sideBySide} from './measure.ts';

const contexts = 50;

/**
 * Fifty contexts against one, whole processes. They lead to one API server, which is one cluster: each is read whole, over a
 * connection of its own, before it is seen that it counts once.
 */
export const bench: Bench = {
  name: `Read ${contexts} contexts with 50 nodes each on one API server, against one of them: whole process, medians`,
  async run() {
    const server = await startApiserver();
    const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'));
    try {
      await createNodes(server, 50);
      const config = JSON.parse(readFileSync(server.kubeconfig({user: 'admin'}), 'utf8'));
      const [{context}] = config.contexts;
      config.contexts = Array.from({length: contexts}, (_, i) => ({name: `c${i}`, context}));
      config['current-context'] = 'c0';
      const kubeconfig = join(folder, 'config');
      writeFileSync(kubeconfig, JSON.stringify(config));
      const program = join(import.meta.dirname, '../bin/run.js');
      const common = [program, 'collect', '--kubeconfig', kubeconfig, '--state-dir', folder];
      const runs = await sideBySide([script('one', common), script('all', [...common, '--all-contexts'])], 7);
      const [one, all] = [runs.get('one')!, runs.get('all')!];
      return [
        {what: 'wall', value: ratio(all, one, 'wall'), unit: '× one', limit: {most: 8}},
        {what: 'CPU', value: ratio(all, one, 'cpu'), unit: '× one'},
        {what: 'peak', value: ratio(all, one, 'peak'), unit: '× one'},
      ];
    } finally {
      await server.close();
      rmSync(folder, {recursive: true, force: true});
    }
  },
};
