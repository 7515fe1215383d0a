// Runs every test file, each in a process of its own, a few at a time, and ends with the line "N passed, N failed".
// Files that take long begin first, so that no processor is idle at the end. A file that runs no test (a forgotten test.run()) fails. `npm test -- word` runs the files whose path has the word.
import {spawn} from 'node:child_process';
import {globSync} from 'node:fs';
import {availableParallelism} from 'node:os';

interface Outcome {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
  output: string;
}

/** Counts uvu's own closing lines, so that what is counted is what was run. */
function count(file: string, output: string, code: number | null): Outcome {
  const number = (label: string) => Number(new RegExp(`^  ${label}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const [total, passed, skipped] = [number('Total'), number('Passed'), number('Skipped')];
  const failed = Math.max(total - passed, code === 0 && total + skipped > 0 ? 0 : 1);
  return {file, passed, failed, skipped, output};
}

const cache = new URL('compile-cache.js', import.meta.url).href;

function run(file: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', cache, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...process.env, FORCE_COLOR: '0'},
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const timer = setTimeout(() => {
      output += '\ntaken too long: ended after 20 minutes\n';
      child.kill('SIGKILL');
    }, 20 * 60_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(count(file, output, code));
    });
  });
}

/** Files that take more than ten seconds of a processor or of time, the longest first; the others take a second each. */
const long: readonly string[] = [
  ...[
    'e2e/helm-gate',
    'e2e/helm-unusual',
    'e2e/helm-hostile-3',
    'e2e/helm-hostile-4',
    'operations/core2-switch',
    'shell/examples',
  ],
  ...[
    'e2e/helm-failures',
    'e2e/core2-fleet',
    'e2e/helm-interrupted-3',
    'e2e/helm-interrupted-4',
    'cluster/connection/conformance/conformance',
    'e2e/egress',
  ],
  ...[
    'e2e/collector-restore',
    'e2e/change-fleet',
    'e2e/hostile-answers',
    'commands/enable',
    'cluster/nodes',
    'e2e/secrets',
    'commands/collect',
  ],
  ...[
    'collector/store/postgres/index-suite-15',
    'collector/store/postgres/index-suite-18',
    'operations/status',
    'e2e/collector-shares',
  ],
  ...[
    'e2e/there-and-back',
    'e2e/core2-killed',
    'e2e/both-cores-fleet',
    'e2e/fleet',
    'e2e/fleet-rights',
    'e2e/core2-hostile',
    'e2e/core2-send',
  ],
  ...[
    'operations/status-core2',
    'operations/hodometer',
    'collector/dashboard',
    'build/sea',
    'e2e/postgres-faults',
    'e2e/collector-faults',
  ],
  ...[
    'e2e/cluster-forbids',
    'e2e/postgres-killed',
    'collector/store/postgres/index-engine',
    'e2e/helm-wrappers',
    'cli/output',
  ],
  ...[
    'cluster/connection/kubeconfig-fuzz',
    'cluster/connection/kubeconfig',
    'cluster/connection/connect',
    'cluster/connection/in-cluster',
  ],
  ...[
    'host/places',
    'e2e/manifests',
    'e2e/send-crash',
    'build/release',
    'e2e/send-faults',
    'e2e/collector-hostile',
    'e2e/collector-names',
  ],
  ...['build/krew', 'e2e/collector-track-hostile', 'e2e/helm-endless', 'e2e/contributing', 'e2e/cluster-flags'],
].map((name) => `test/${name}.test.ts`);
const place = (file: string) => (long.includes(file) ? long.indexOf(file) : long.length);

const words = process.argv.slice(2);
const files = globSync('test/**/*.test.ts')
  .sort()
  .sort((a, b) => place(a) - place(b))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
const outcomes: Outcome[] = [];
const queue = [...files];
// One more than there are processors: a fifth of the time a file waits for a disk, a port, or a period to pass.
await Promise.all(
  Array.from({length: Math.min(4, availableParallelism() + 1)}, async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const since = performance.now();
      const outcome = await run(file);
      const seconds = Math.round((performance.now() - since) / 1000);
      outcomes.push(outcome);
      const {passed, failed, skipped, output} = outcome;
      console.log(
        `${failed > 0 ? 'FAILED' : 'ok'} ${file}: ${passed} passed${skipped ? `, ${skipped} skipped` : ''}${seconds > 4 ? ` in ${seconds} s` : ''}`,
      );
      if (failed > 0) console.log(output);
      else for (const line of output.split('\n')) if (/^skip(ped)?:/i.test(line)) console.log(`  ${line}`);
    }
  }),
);
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
const skipped = sum('skipped');
if (outcomes.some(({failed}) => failed > 0)) {
  console.log(
    `\nfailed: ${outcomes
      .filter(({failed}) => failed > 0)
      .map(({file}) => file)
      .join(', ')}`,
  );
}
process.exitCode = sum('failed') > 0 || (process.env.CI && skipped > 0) || files.length === 0 ? 1 : 0;
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`);
