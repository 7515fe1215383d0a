import type {Interfaces} from '@oclif/core';
import type {Command} from '@oclif/core/command';
import {CommandHelp} from '@oclif/core/help';
import {calledAs, wrap} from '../render/wrap.ts';
import {commandSection, commandsBelow} from './overview.ts';
import type {ListedCommand} from './program.ts';

/**
 * The help of a command in the width of the terminal: no line breaks inside a word, and an example is one line that can be
 * pasted.
 *
 * @param all the program's commands: those below this one are listed
 */
export function commandHelp(command: ListedCommand, all: readonly ListedCommand[], columns: number): string {
  const named = {...command, id: command.id.replaceAll(':', ' ')} as Command.Loadable;
  const config: Partial<Interfaces.Config> = {bin: calledAs('seldon-usage'), topicSeparator: ' '};
  const help = new FittedCommandHelp(named, config as Interfaces.Config, {maxWidth: columns});
  const below = commandsBelow(command.id, all);
  const sections = [
    fitted(command.summary ?? '', columns),
    help.generate().trimEnd(),
    ...(below.length > 0 ? [commandSection(below, columns).join('\n')] : []),
  ];
  return sections.map((section) => `${section}\n`).join('\n');
}

class FittedCommandHelp extends CommandHelp {
  override wrap(body: string, spacing = this.indentSpacing): string {
    // What stands below a flag is indented by six columns, but oclif takes off four.
    return fitted(this.render(body), this.opts.maxWidth - (spacing === 4 ? 6 : spacing));
  }

  /** The flags are listed below, each with what it does. */
  protected override usage(): string {
    const {id, args = {}} = this.command;
    const names = Object.values(args).map((arg) => ` ${this.arg(arg)}${arg.multiple ? '...' : ''}`);
    return `$ ${this.config.bin} ${id}${names.join('')} [FLAGS]`;
  }

  /** Without a prompt in front of them, which nobody wants to paste. */
  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    const all = typeof examples === 'string' ? [examples] : (examples ?? []);
    if (all.length === 0) return undefined;
    return all.map((one) => this.render(typeof one === 'string' ? one : one.command)).join('\n');
  }
}

function fitted(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrap('', line, width, 'keep'))
    .join('\n');
}
