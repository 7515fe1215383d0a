import type {Interfaces} from '@oclif/core';
import * as Errors from '@oclif/core/errors';
import {flush} from '@oclif/core/flush';
import {run} from '@oclif/core/run';
import {exitCodes} from '../errors.ts';
import {clean} from '../foreign.ts';
import {handleInterrupts} from './interrupt.ts';

/**
 * Runs the command line `argv` of the program whose package.json lies in `root`, and sets the exit code. The only place
 * that turns an error into text and an exit code.
 *
 * @param manifest package.json to go by instead of the one in `root`, without oclif's manifest: for running the source
 */
export async function main(argv: readonly string[], root: string, manifest?: Interfaces.PJSON): Promise<void> {
  handleInterrupts();
  const options = {root, ...(manifest ? {pjson: manifest, ignoreManifest: true} : {})};
  try {
    // oclif knows `help` only with a plugin.
    const args = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
    await run(args, options);
    await flush();
  } catch (error) {
    // `--help` and `this.exit(n)` of oclif come as an error that carries the code.
    const exit =
      (error as {code?: string; oclif?: {exit?: number}}).code === 'EEXIT'
        ? (error as {oclif: {exit: number}}).oclif.exit
        : undefined;
    process.exitCode = exit ?? (await report(error, argv, options));
  }
}

/** Loaded where something went wrong, with all that lays out text. */
async function report(error: unknown, argv: readonly string[], options: Interfaces.LoadOptions): Promise<number> {
  const loaded = await import('./report-error.ts').catch(() => undefined);
  if (loaded) return loaded.reportError(error, argv, await suggestion(error, options));
  // The files of a program that has run for long may be another version's by now.
  process.stderr.write(`Error: ${clean(error instanceof Error ? error.message : error)}\n`);
  return exitCodes.bug;
}

/** What was probably meant; loaded only where a command line could not be understood. */
async function suggestion(error: unknown, options: Interfaces.LoadOptions): Promise<string | undefined> {
  if (!(error instanceof Errors.CLIError)) return undefined;
  const {didYouMean} = await import('./suggest.ts');
  return didYouMean(error, options);
}
