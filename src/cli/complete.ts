import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type FlagLike, isFlag, spellings, valueFollows, words} from './arrange.ts';

/** Word before which the program completes a command line instead of running it. */
export const completeWord = '__complete';

interface Flag extends FlagLike {
  readonly description?: string;
  readonly hidden?: boolean;
  readonly multiple?: boolean;
  readonly options?: readonly string[];
  readonly helpValue?: string;
}

/** A command as oclif.manifest.json has it. */
interface CompletedCommand {
  readonly id: string;
  readonly summary?: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly args: Readonly<Record<string, {readonly options?: readonly string[]; readonly multiple?: boolean}>>;
}

export interface Candidate {
  readonly value: string;
  readonly description?: string | undefined;
}

/** What can stand in the place of the last word; `files`: the names of files, which shells know better. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

/** Names that the machine knows: of flags by theirs, of settings, and IDs of reports that wait or whose bytes are kept. */
export type Names = (
  kind: 'context' | 'cluster' | 'user' | 'namespace' | 'release' | 'setting' | 'waiting' | 'kept',
  where: Where,
) => readonly string[];

/** The files and folders that the command line names, as they stand there. */
export interface Where {
  readonly kubeconfig?: string | undefined;
  readonly stateDir?: string | undefined;
}

/** Directives of cobra's protocol, which kubectl speaks to `kubectl_complete-…`: github.com/spf13/cobra, completions.go. */
const directives = {files: 0, noFiles: 4} as const;

/**
 * A name that means itself in every shell. Others are not offered: names in a kubeconfig are whoever's wrote it, shells
 * put what is offered on the command line as it is, and `$(…)` would be run with it.
 */
const plain = /^[A-Za-z0-9_][A-Za-z0-9_.@:/+,%-]*$/;

/** Completes the last of `line`, the words after the program's name. */
export function complete(line: readonly string[], commands: readonly CompletedCommand[], names: Names): Completion {
  const before = line.slice(0, -1);
  const last = line.at(-1) ?? '';
  if (before.includes('--')) return {candidates: [], files: true};
  const all = Object.assign({}, ...commands.map(({flags}) => flags)) as Record<string, Flag>;
  const known = spellings(all);
  const given = words(before, known).map(({word}) => word);
  const command = commandOf(given, commands);
  const flags = command?.flags ?? all;
  const where = {kubeconfig: givenTo('--kubeconfig', before), stateDir: givenTo('--state-dir', before)};
  const asked = valueAsked(before, last, known);
  if (asked) return ofFlag(flagOf(asked.flag, flags) ?? {type: 'option'}, asked, names, where);
  if (last.startsWith('-')) return {candidates: starting(last, flagsLeft(flags, before)), files: false};
  const depth = command ? command.id.split(':').length : 0;
  if (given.length > depth && !command) return {candidates: [], files: false};
  const below = given.length === depth ? starting(last, commandsBelow(given, commands)) : [];
  const args = Object.entries(command?.args ?? {});
  const [arg, {options} = {}] = args[given.length - depth] ?? args.findLast(([, {multiple}]) => multiple) ?? [];
  const named = namedBy(arg, command?.id, before);
  const possible = options ?? (named ? names(named, where) : []);
  const candidates = starting(last, offered(possible.filter((one) => !given.slice(depth).includes(one))));
  const files = !named && below.length === 0 && (arg === 'report' || arg === 'file');
  return {candidates: [...below, ...candidates], files};
}

/** What the machine knows names of, of an argument. */
function namedBy(arg: string | undefined, command: string | undefined, before: readonly string[]) {
  if (arg === 'setting') return 'setting';
  if (arg === 'id') return command === 'history' ? 'kept' : 'waiting';
  return arg === 'report' && before.includes('--pending') ? 'waiting' : undefined;
}

/** The longest command that the words begin with. */
function commandOf(given: readonly string[], commands: readonly CompletedCommand[]): CompletedCommand | undefined {
  const matching = commands.filter(({id}) => id.split(':').every((word, i) => word === given[i]));
  return matching.toSorted((a, b) => b.id.length - a.id.length)[0];
}

/** The flag whose value the last word is, `--flag value` or `--flag=value`. */
function valueAsked(before: readonly string[], last: string, known: ReadonlyMap<string, boolean>) {
  const [flag, value] = last.split(/=(.*)/s) as [string, string?];
  if (last.startsWith('--') && value !== undefined) return {flag, start: value};
  // The word before may itself be a value: `--user --as x`.
  for (let i = 0; i < before.length; i++) {
    if (!isFlag(before[i]!) || !valueFollows(before[i]!, known)) continue;
    if (i === before.length - 1) return {flag: before[i]!, start: last};
    i++;
  }
  return undefined;
}

function flagOf(spelling: string, flags: Readonly<Record<string, Flag>>): (Flag & {name: string}) | undefined {
  const found = Object.entries(flags).find(([name, {char, aliases = []}]) =>
    spelling.startsWith('--')
      ? [name, ...aliases].includes(spelling.slice(2))
      : char !== undefined && spelling.endsWith(char),
  );
  return found && {...found[1], name: found[0]};
}

function ofFlag(
  {name, options, helpValue = ''}: Flag & {name?: string},
  {start}: {start: string},
  names: Names,
  where: Where,
): Completion {
  if (options) return {candidates: starting(start, offered(options)), files: false};
  switch (name) {
    case 'context':
    case 'cluster':
    case 'user':
    case 'namespace':
    case 'release':
      return {candidates: starting(start, offered(names(name, where))), files: false};
    default:
      return {candidates: [], files: /file|folder|program/.test(helpValue)};
  }
}

function givenTo(flag: string, before: readonly string[]): string | undefined {
  const at = before.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  return at < 0 ? undefined : before[at] === flag ? before[at + 1] : before[at]!.slice(flag.length + 1);
}

function flagsLeft(flags: Readonly<Record<string, Flag>>, before: readonly string[]): Candidate[] {
  const given = new Set(before.map((word) => word.split('=')[0]));
  return Object.entries({...flags, help: {type: 'boolean', description: 'show help'}} as Record<string, Flag>)
    .filter(([name, {hidden, multiple}]) => !hidden && (multiple || !given.has(`--${name}`)))
    .map(([name, {description}]) => ({value: `--${name}`, description}))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

function commandsBelow(given: readonly string[], commands: readonly CompletedCommand[]): Candidate[] {
  const below = new Map<string, string | undefined>();
  for (const {id, summary} of commands) {
    const path = id.split(':');
    if (path.length <= given.length || !given.every((word, i) => word === path[i])) continue;
    const word = path[given.length]!;
    if (path.length === given.length + 1 || !below.has(word)) below.set(word, summary);
  }
  if (given.length === 0) below.set('help', 'List the commands, or the flags of one.');
  return [...below].map(([value, description]) => ({value, description}));
}

function offered(names: readonly string[]): Candidate[] {
  return names.filter((name) => plain.test(name)).map((value) => ({value}));
}

function starting(start: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({value}) => value.startsWith(start));
}

/**
 * Prints what can stand in the place of the last word as cobra's programs do: a line each with its description behind a
 * tab, and the directive.
 *
 * @param own the commands, or the folder where oclif.manifest.json lies
 */
export function printCompletion(line: readonly string[], own: Readonly<Record<string, object>> | string, names: Names) {
  const manifest =
    typeof own === 'string' ? JSON.parse(readFileSync(join(own, 'oclif.manifest.json'), 'utf8')).commands : own;
  const {candidates, files} = complete(line, Object.values(manifest) as CompletedCommand[], names);
  const lines = candidates.map(({value, description = ''}) => `${value}\t${description.replace(/\s+/g, ' ')}`);
  // A shell that no longer waits is told nothing.
  process.stdout.on('error', () => {});
  process.stdout.write([...lines, `:${files ? directives.files : directives.noFiles}`, ''].join('\n'));
}
