// A user's surroundings for tests of sending: an empty home, a report file, and the state directory to look into.
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readLedger} from '../../src/delivery/ledger.ts';
import type {SendOptions} from '../../src/operations/send.ts';
import {encodeReport, type Report} from '../../src/report/index.ts';
import type {Surroundings} from '../../src/settings.ts';

export const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';

/** A report with a character of every length in UTF-8, and long enough to be sent in several pieces. */
export function sampleReport(nodes = 300): Report {
  return {
    version: 'v0.1.0+test',
    timestamp: '1795369157',
    clusterID,
    masterVersion: 'v1.36.3',
    nodes: Array.from({length: nodes}, (_, i) => ({
      id: i.toString(16).padStart(32, '0'),
      osImage: `Größe ${i} €😀 "quoted" ${'x'.repeat(200)}`,
      cloudProvider: 'aws',
      capacity: [{resource: 'cpu', value: '4'}],
    })),
    extensions: [{name: 'seldon-core-version', value: '1.17.1'}],
  };
}

export interface Sandbox {
  around: Surroundings;
  /** The state directory. */
  folder: string;
  reportFile: string;
  /** The bytes that are to be posted. */
  bytes: string;
  options(more: Partial<SendOptions> & {urls: readonly string[]}): SendOptions;
  /** Names of the reports in one of the folders. */
  list(name: 'outbox' | 'sent' | 'superseded' | 'waiting'): string[];
  read(name: 'outbox' | 'sent' | 'superseded', file: string): string;
  ledger(): ReturnType<typeof readLedger>['lines'];
  remove(): void;
}

/** Makes one. `env` is all of the environment. */
export function sandbox(env: NodeJS.ProcessEnv = {}, report = sampleReport()): Sandbox {
  const home = mkdtempSync(join(tmpdir(), 'send-'));
  const folder = join(home, '.local/state/seldon-usage');
  const reportFile = join(home, 'report.json');
  // Not as it is sent: indented, and with the fields in another order.
  const {nodes, ...rest} = report;
  writeFileSync(reportFile, JSON.stringify({nodes, ...rest}, null, 2));
  return {
    around: {env, home},
    folder,
    reportFile,
    bytes: encodeReport(report),
    options: ({urls, ...more}) => ({
      allowHttp: false,
      yes: true,
      dryRun: false,
      timeout: 20_000,
      file: reportFile,
      collect: {connection: {}, capacity: 'known', omit: new Set()},
      stays: false,
      url: urls,
      ...more,
    }),
    list: (name) => readdirSync(join(folder, name)).sort(),
    read: (name, file) => readFileSync(join(folder, name, file), 'utf8'),
    ledger: () => readLedger(folder).lines,
    remove: () => rmSync(home, {recursive: true, force: true}),
  };
}
