// Runs every test file, each in a process of its own, a few at a time, and ends with the line "N passed, N failed".
// Files that take long begin first, so that no processor is idle at the end. A file that runs no test (a forgotten test.run()) fails. `npm test -- word` runs the files whose path has the word.
import {spawn} from 'node:child_process';
import {globSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {long} from './long.ts';

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
    const end = (why: string) => {
      output += `\n${why}\n`;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(end, 20 * 60_000, 'taken too long: ended after 20 minutes');
    // What a case that failed has left open keeps its process alive, and all others would wait for it.
    let last: NodeJS.Timeout | undefined;
    const heard = (chunk: Buffer) => {
      output += chunk;
      clearTimeout(last);
      if (/^ {2}Duration:/m.test(output))
        last = setTimeout(end, 2 * 60_000, 'still there 2 minutes after its last case');
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    child.on('close', (code) => {
      clearTimeout(timer);
      clearTimeout(last);
      resolve(count(file, output, code));
    });
  });
}

/** Milliseconds before midnight in UTC, in which no file begins: many count what came today, and would find it on two days. */
const endOfDay = 120_000;
const day = 86_400_000;

/** Waits for the next day where this one is almost over. */
async function withinDay(): Promise<void> {
  const left = day - (Date.now() % day);
  if (left > endOfDay) return;
  console.log('The day ends: nothing begins before midnight in UTC.');
  await sleep(left);
}

const place = (file: string) => (long.includes(file) ? long.indexOf(file) : long.length);

const words = process.argv.slice(2);
const files = globSync('test/**/*.test.ts')
  .sort()
  .sort((a, b) => place(a) - place(b))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
const outcomes: Outcome[] = [];
const queue = [...files];
// Two more than there are processors: a third of the time a file waits for a disk, a port, or a period to pass.
await Promise.all(
  Array.from({length: Math.min(4, availableParallelism() + 2)}, async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      await withinDay();
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
