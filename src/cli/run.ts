import './no-debug.ts';
import {tmpdir} from 'node:os';
import type {Interfaces} from '@oclif/core';
import {Config} from '@oclif/core/config';
import {flush} from '@oclif/core/flush';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {arrange} from './arrange.ts';
import {untilReaderIsGone} from './output.ts';
import {printVersion} from './version.ts';

/**
 * oclif asks for the user's home directory and shell, and Node throws where there is no such user: a random one in a
 * container. Neither is used here.
 */
export async function loadConfig(options: Interfaces.Options): Promise<Interfaces.Config> {
  const made = Object.entries({HOME: tmpdir(), SHELL: 'sh'}).filter(([name]) => !process.env[name]);
  const before = made.map(([name]) => [name, process.env[name]] as const);
  for (const [name, value] of made) process.env[name] = value;
  try {
    return await Config.load({...options, logger: silent});
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** oclif's own goes by DEBUG, which is not in use here (no-debug.ts), and is loaded at every start. */
const silent: Interfaces.Logger = {
  namespace: 'oclif',
  child: () => silent,
  debug() {},
  error() {},
  info() {},
  trace() {},
  warn() {},
};

/** Does what the command line asks for. */
export async function run(argv: readonly string[], config: Interfaces.Config): Promise<void> {
  const request = arrange(argv, config.commands);
  if (request.what === 'version') {
    printVersion(argv, config.pjson);
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
    await Promise.race([flush(), untilReaderIsGone()]);
  }
}
