// Measures every figure of the README as a ratio, side by side in one run, and prints them. Fails where a limit is not
// kept. `npm run bench -- word` runs the benchmarks whose file has the word.
import {globSync} from 'node:fs';
import {availableParallelism, cpus} from 'node:os';
import {basename} from 'node:path';
import {type Bench, isKept, renderFigures} from './figures.ts';

const words = process.argv.slice(2);
console.log(`Node.js ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`);
for (const file of globSync('*.bench.ts', {cwd: import.meta.dirname}).sort()) {
  if (words.length > 0 && !words.some((word) => basename(file).includes(word))) continue;
  const {bench} = (await import(`./${file}`)) as {bench: Bench};
  console.log(`\n${bench.name}`);
  const figures = await bench.run();
  console.log(renderFigures(figures));
  if (!figures.every(isKept)) process.exitCode = 1;
}
