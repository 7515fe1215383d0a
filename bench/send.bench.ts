import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {startApiserver} from '../test/rig/apiserver.ts';
import {createNodes} from '../test/rig/nodes.ts';
import {listenOnLoopback} from '../test/rig/scripted.ts';
import type {Bench} from './figures.ts';
import {ratio, script, sideBySide} from './measure.ts';

const id = '--cluster-id=846db7e9-c861-43d7-8d08-31578af59878';

/** Sending against collecting, whole processes: what consent, outbox, POST and ledger add. */
export const bench: Bench = {
  name: 'Send 5,000 nodes to a collector, against collecting them: whole process, medians',
  async run() {
    const server = await startApiserver();
    // Counts and answers at once: what a collector makes of a report is not measured here.
    let received = 0;
    const receiver = createServer((request, response) => {
      received = 0;
      request.on('data', (chunk: Buffer) => (received += chunk.length));
      request.on('end', () => response.writeHead(204).end());
    });
    const {port, close} = await listenOnLoopback(receiver, '127.0.0.1');
    const url = `http://127.0.0.1:${port}`;
    const folder = mkdtempSync(join(tmpdir(), 'bench-send-'));
    try {
      const kubeconfig = server.kubeconfig({user: 'admin'});
      const program = join(import.meta.dirname, '../bin/run.js');
      const common = ['--kubeconfig', kubeconfig, id, '--state-dir', folder];
      const collect = script('collect', [program, 'collect', ...common]);
      const send = script('send', [program, 'send', '--yes', '--url', url, ...common]);
      await createNodes(server, 5000);
      const runs = await sideBySide([collect, send], 11);
      const [ofCollect, ofSend] = [runs.get('collect')!, runs.get('send')!];
      const report = received / 2 ** 20;
      // As bin/run.js sets it.
      const nursery = '--semi-space-growth-factor=1';
      const large = join(import.meta.dirname, 'send-large.ts');
      const {stdout} = await promisify(execFile)(process.execPath, [nursery, large, join(folder, 'large'), url]);
      return [
        {what: 'added wall', value: ratio(ofSend, ofCollect, 'wall') - 1, unit: '× collect', limit: {most: 0.2}},
        {what: 'added CPU', value: ratio(ofSend, ofCollect, 'cpu') - 1, unit: '× collect'},
        {what: 'size of the report', value: report, unit: 'MiB'},
        {
          what: 'memory that outbox and POST add',
          value: Number(stdout),
          unit: '× a report of 64 MiB',
          limit: {most: 0.5},
        },
      ];
    } finally {
      await server.close();
      await close();
      rmSync(folder, {recursive: true, force: true});
    }
  },
};
