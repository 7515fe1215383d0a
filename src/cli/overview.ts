import {styleText} from 'node:util';
import {hasColours} from '../host/terminal.ts';
import {calledAs, wrap} from '../render/wrap.ts';
import type {ListedCommand, Program} from './program.ts';
import {versionText} from './version.ts';

type Told = Pick<Program, 'name' | 'version' | 'description'>;

/**
 * The program's own help: what it is for, and what each command does. Commands of two words are listed by the help of the
 * first.
 */
export function overview(program: Told, commands: readonly ListedCommand[], columns: number): string {
  const {name, description = ''} = program;
  const called = calledAs(name);
  const parents = commands.filter(({id}) => commandsBelow(id, commands).length > 0).map(({id}) => id);
  const lines = (text: string, indent = '  ') => wrap(indent, text, columns, 'keep');
  const sections = [
    lines(description, ''),
    [title('VERSION'), ...lines(versionText(program))],
    [title('USAGE'), ...lines(`$ ${called} COMMAND [FLAGS]`)],
    commandSection(
      commands.filter(({id}) => !id.includes(':')),
      columns,
    ),
    [
      ...lines(`Begin with ${called} show: it sends nothing.`, ''),
      ...lines(`${called} COMMAND --help lists the flags of a command, with examples.`, ''),
      ...lines(`Commands with more below them: ${parents.join(', ')}.`, ''),
    ],
  ];
  return sections.map((section) => `${section.join('\n')}\n`).join('\n');
}

/** The commands whose names begin with that of another. */
export function commandsBelow(id: string, commands: readonly ListedCommand[]): ListedCommand[] {
  return commands.filter((other) => other.id.startsWith(`${id}:`));
}

/** Commands with what each does, in two columns. */
export function commandSection(commands: readonly ListedCommand[], columns: number): string[] {
  const rows = commands.map(({id, summary = ''}) => ({name: id.replaceAll(':', ' '), summary}));
  const column = Math.max(...rows.map(({name}) => name.length)) + 2;
  return [
    title('COMMANDS'),
    ...rows
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({name, summary}) => wrap(`  ${name.padEnd(column)}`, summary, columns, 'keep')),
  ];
}

function title(text: string): string {
  return hasColours(process.stdout) ? styleText('bold', text, {validateStream: false}) : text;
}
