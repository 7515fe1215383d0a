// Runs as a process of its own, started by Helm: the rendered manifest comes in, the one to apply goes out. Helm takes
// whatever comes out, and deletes what is missing in it: so output is written whole, by blocking writes, or the exit code
// says that it is not to be used.
import {readFileSync, renameSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {renderEdit} from './edit-render.ts';
import {postRender, type RenderPlan} from './post-render.ts';
import {planFile, reasonFile, usageFile} from './workspace.ts';

/** Writes all of it: a pipe may take a part, or nothing for now (EAGAIN). */
function writeWhole(text: string): void {
  const bytes = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

function run(folder: string): void {
  try {
    const plan = JSON.parse(readFileSync(join(folder, planFile), 'utf8')) as RenderPlan;
    const input = readFileSync(0, 'utf8');
    const {manifest, usage} = plan.edit ? renderEdit(input, plan, plan.edit) : postRender(input, plan);
    const temporary = join(folder, `${usageFile}.${process.pid}`);
    writeFileSync(temporary, JSON.stringify(usage), {mode: 0o600});
    renameSync(temporary, join(folder, usageFile));
    writeWhole(manifest);
  } catch (error) {
    // Helm 4 swallows what a plugin says: the reason is left where the program finds it.
    writeFileSync(join(folder, reasonFile), (error as Error).message, {mode: 0o600});
    process.exitCode = 1;
  }
}

// Ctrl-C reaches the whole group of the terminal; Helm decides what to do about it.
process.on('SIGINT', () => {});
// The single executable has a word before it.
run(process.argv.at(-1) ?? '');
