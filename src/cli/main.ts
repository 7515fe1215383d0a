import './no-debug.ts';
import {tmpdir} from 'node:os';
import type {Interfaces} from '@oclif/core';
import {Config} from '@oclif/core/config';
import * as Errors from '@oclif/core/errors';
import {flush} from '@oclif/core/flush';
import {exitCodes, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {arrange} from './arrange.ts';
import {handleInterrupts} from './interrupt.ts';
import {wantsJson, watchOutput} from './output.ts';

/**
 * Runs the command line `argv` of the program whose package.json lies in `root`, and sets the exit code. The only place
 * that turns an error into text and an exit code.
 *
 * @param manifest package.json to go by instead of the one in `root`, without oclif's manifest: for running the source
 */
export async function main(argv: readonly string[], root: string, manifest?: Interfaces.PJSON): Promise<void> {
  watchOutput(argv);
  handleInterrupts();
  let config: Config | undefined;
  try {
    config = await loadConfig({root, ...(manifest ? {pjson: manifest, ignoreManifest: true} : {})});
    await run(argv, config);
    await flush();
  } catch (error) {
    // `this.exit(n)` of oclif comes as an error that carries the code.
    const exit =
      (error as {code?: string; oclif?: {exit?: number}}).code === 'EEXIT'
        ? (error as {oclif: {exit: number}}).oclif.exit
        : undefined;
    process.exitCode = exit ?? (await report(error, argv, config));
  }
}

/**
 * oclif asks for the user's home directory and shell, and Node throws where there is no such user: a random one in a
 * container. Neither is used here.
 */
async function loadConfig(options: Interfaces.LoadOptions): Promise<Config> {
  const made = Object.entries({HOME: tmpdir(), SHELL: 'sh'}).filter(([name]) => !process.env[name]);
  const before = made.map(([name]) => [name, process.env[name]] as const);
  for (const [name, value] of made) process.env[name] = value;
  try {
    return await Config.load(options);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

async function run(argv: readonly string[], config: Config): Promise<void> {
  const request = arrange(argv, config.commands);
  if (request.what === 'version') {
    const {version, userAgent} = config;
    const text = wantsJson(argv) ? JSON.stringify({version, node: process.versions.node}) : userAgent;
    process.stdout.write(`${text}\n`);
  } else if (request.what === 'help' && (request.id === undefined || config.findCommand(request.id))) {
    const {ProgramHelp} = await import('./help.ts');
    await new ProgramHelp(config).showHelp(request.id === undefined ? [] : [request.id]);
  } else {
    const {id = '', args} = {args: [], ...request};
    if (id.startsWith('-')) {
      throw new UserError('usage', `There is no command beside ${clean(argv.join(' '), 100)}.`, {
        suggestions: ['seldon-usage help lists the commands; --help after one lists its flags.'],
      });
    }
    await config.runCommand(id, [...args]);
  }
}

/** Loaded where something went wrong, with all that lays out text. */
async function report(error: unknown, argv: readonly string[], config: Config | undefined): Promise<number> {
  const loaded = await import('./report-error.ts').catch(() => undefined);
  if (loaded) return loaded.reportError(error, argv, await suggestion(error, config));
  // The files of a program that has run for long may be another version's by now.
  process.stderr.write(`Error: ${clean(error instanceof Error ? error.message : error)}\n`);
  return exitCodes.bug;
}

/** What was probably meant; loaded only where a command line could not be understood. */
async function suggestion(error: unknown, config: Config | undefined): Promise<string | undefined> {
  if (!(error instanceof Errors.CLIError) || !config) return undefined;
  const {didYouMean} = await import('./suggest.ts');
  return didYouMean(error, config.commandIDs);
}
