import './no-debug.ts';
import {exitCodes} from '../errors.ts';
import {clean} from '../foreign.ts';
import {handleInterrupts} from './interrupt.ts';
import {watchOutput} from './output.ts';
import {type Program, programIn} from './program.ts';
import {run} from './run.ts';
import {asksVersion, printVersion} from './version.ts';

/**
 * Runs the command line `argv`, and sets the exit code. The only place that turns an error into text and an exit code.
 *
 * @param program or the folder of the built one's package.json
 */
export async function main(argv: readonly string[], program: Program | string): Promise<void> {
  watchOutput(argv);
  handleInterrupts();
  // What a timer or a listener throws is met by no `catch`: it ends the program as any other bug does.
  process.once('uncaughtException', async (error) => process.exit(await report(error, argv)));
  try {
    const known = typeof program === 'string' ? programIn(program) : program;
    if (asksVersion(argv)) return printVersion(argv, known);
    await run(argv, known);
  } catch (error) {
    process.exitCode = await report(error, argv);
  }
}

/** Loaded where something went wrong, with all that lays out text. */
async function report(error: unknown, argv: readonly string[]): Promise<number> {
  const loaded = await import('./report-error.ts').catch(() => undefined);
  if (loaded) return loaded.reportError(error, argv);
  // The files of a program that has run for long may be another version's by now.
  process.stderr.write(`Error: ${clean(error instanceof Error ? error.message : error)}\n`);
  return exitCodes.bug;
}
