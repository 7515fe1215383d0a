import type {Interfaces} from '@oclif/core';
import type {Command} from '@oclif/core/command';
import {CommandHelp, Help} from '@oclif/core/help';
import {width} from '../render/terminal.ts';
import {calledAs, wrap} from '../render/wrap.ts';

/** The help in the width of the terminal: no line breaks inside a word, and a command is one line that can be pasted. */
export class ProgramHelp extends Help {
  protected override CommandHelpClass = FittedCommandHelp;

  constructor(config: Interfaces.Config, columns = width(process.stdout)) {
    Object.assign(config, {bin: calledAs(config.bin)});
    super(config, {...config.pjson.oclif.helpOptions, maxWidth: columns});
  }

  override wrap(body: string, spacing = this.indentSpacing): string {
    return fitted(this.render(body), this.opts.maxWidth - spacing);
  }

  /** Of all that is printed, oclif leaves the first line as long as it is. */
  protected override log(...args: string[]): void {
    for (const text of args) {
      const [first = '', ...lines] = text.split('\n');
      process.stdout.write(`${[fitted(first, this.opts.maxWidth), ...lines].join('\n')}\n`);
    }
  }
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
    return `$ ${this.config.bin} ${id.replaceAll(':', ' ')}${names.join('')} [FLAGS]`;
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
