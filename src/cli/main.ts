import './no-debug.ts';
import type {Interfaces} from '@oclif/core';
import {exitCodes} from '../errors.ts';
import {clean} from '../foreign.ts';
import {handleInterrupts} from './interrupt.ts';
import {watchOutput} from './output.ts';
import {asksVersion, printVersion} from './version.ts';

export interface Own {
  readonly pjson: Interfaces.PJSON;
  readonly plugin?: () => Promise<Interfaces.Plugin>;
}

/**
 * Runs the command line `argv` of the program whose package.json lies in `root`, and sets the exit code. The only place
 * that turns an error into text and an exit code.
 *
 * @param own what to go by instead of the files in `root`: a package.json, without oclif's manifest, for running the source;
 *   with a plugin that knows the commands for a program without files
 */
export async function main(argv: readonly string[], root: string, own?: Own): Promise<void> {
  watchOutput(argv);
  handleInterrupts();
  let config: Interfaces.Config | undefined;
  try {
    // oclif takes longer to load than Node itself.
    if (asksVersion(argv)) return printVersion(argv, own?.pjson ?? root);
    const {loadConfig, run} = await import('./run.ts');
    config = await loadConfig({
      root,
      ...own,
      ...(own?.plugin ? {plugins: new Map([['', await own.plugin()]])} : {ignoreManifest: own !== undefined}),
    });
    await run(argv, config);
  } catch (error) {
    // `this.exit(n)` of oclif comes as an error that carries the code.
    const exit =
      (error as {code?: string; oclif?: {exit?: number}}).code === 'EEXIT'
        ? (error as {oclif: {exit: number}}).oclif.exit
        : undefined;
    process.exitCode = exit ?? (await report(error, argv, config));
  }
}

/** Loaded where something went wrong, with all that lays out text. */
async function report(error: unknown, argv: readonly string[], config: Interfaces.Config | undefined): Promise<number> {
  const loaded = await import('./report-error.ts').catch(() => undefined);
  if (loaded) return loaded.reportError(error, argv, await suggestion(error, config));
  // The files of a program that has run for long may be another version's by now.
  process.stderr.write(`Error: ${clean(error instanceof Error ? error.message : error)}\n`);
  return exitCodes.bug;
}

/** What was probably meant; loaded only where a command line could not be understood. */
async function suggestion(error: unknown, config: Interfaces.Config | undefined): Promise<string | undefined> {
  if (!config) return undefined;
  const {didYouMean} = await import('./suggest.ts');
  return didYouMean(error, config.commandIDs);
}
