import './no-debug.ts';
import type {Interfaces} from '@oclif/core';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {width} from '../host/terminal.ts';
import {arrange} from './arrange.ts';
import {overview} from './overview.ts';
import type {Program} from './program.ts';
import {printVersion} from './version.ts';

/** Does what the command line asks for. */
export async function run(argv: readonly string[], program: Program): Promise<void> {
  const commands = await program.commands();
  const request = arrange(argv, commands);
  if (request.what === 'version') {
    printVersion(argv, program);
  } else if (request.what === 'help' && request.id === undefined) {
    process.stdout.write(overview(program, commands, width(process.stdout)));
  } else {
    const command = commands.find(({id}) => id === request.id);
    if (!command) throw await missing(argv, request.id ?? '', commands);
    if (request.what === 'help') {
      const {commandHelp} = await import('./help.ts');
      process.stdout.write(commandHelp(command, commands, width(process.stdout)));
    } else {
      await (await program.load(command.id)).run([...request.args], running(program));
    }
  }
}

/**
 * What oclif's commands ask of a configuration while they run. One that oclif loads looks for plugins, hooks and topics,
 * of which there are none here, and takes a seventh of the CPU of `show FILE`.
 */
function running({name, version}: Program): Interfaces.Config {
  const config: Partial<Interfaces.Config> = {
    bin: name,
    version,
    runHook: async () => ({successes: [], failures: []}),
    scopedEnvVarKeys: () => [],
  };
  return config as Interfaces.Config;
}

/** The error about a command that there is not. */
async function missing(argv: readonly string[], id: string, commands: readonly {id: string}[]): Promise<UserError> {
  const hint = 'seldon-usage help lists the commands; --help after one lists its flags.';
  if (id.startsWith('-'))
    return new UserError('usage', `There is no command beside ${clean(argv.join(' '), 100)}.`, {suggestions: [hint]});
  const {nearest} = await import('./suggest.ts');
  const meant = nearest(
    id,
    commands.map((command) => command.id),
  );
  return new UserError('usage', `There is no command ${clean(id.replaceAll(':', ' '), 100)}.`, {
    suggestions: [...(meant ? [`Did you mean: seldon-usage ${meant.replaceAll(':', ' ')}`] : []), hint],
  });
}
