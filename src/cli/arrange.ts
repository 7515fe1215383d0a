/** What is known of a flag without loading its command. */
export interface FlagLike {
  readonly type: string;
  readonly char?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
}

/** What is known of a command without loading it. */
export interface CommandLike {
  /** `serve:backup` */
  readonly id: string;
  readonly flags?: Readonly<Record<string, FlagLike>>;
  readonly args?: object;
}

/** What a command line asks for. `id` can be one that there is not; `serve:backup` for two words. */
export type Request =
  | {readonly what: 'version'}
  | {readonly what: 'help'; readonly id?: string}
  | {readonly what: 'command'; readonly id: string; readonly args: readonly string[]};

/** Every spelling of flags, with whether a value follows. */
type Spellings = ReadonlyMap<string, boolean>;

const helpFlags = ['--help', '-h'];
const versionFlags = ['--version'];

/**
 * Reads which command is meant, wherever flags stand: kubectl's users write `--context reader show`. Which words are
 * values of flags depends on the command, so each is tried: `--store id` is a flag without a value and a command,
 * `--store id serve check` a flag with a value and another command.
 */
export function arrange(argv: readonly string[], commands: readonly CommandLike[]): Request {
  const end = argv.indexOf('--');
  const [front, rest] = end < 0 ? [argv, []] : [argv.slice(0, end), argv.slice(end)];
  const every = new Map(commands.flatMap(({flags}) => [...spellings(flags)]));
  const first = words(front, every)[0];
  if (first?.word === 'help') return arrange([...front.toSpliced(first.at, 1), '--help', ...rest], commands);
  if (first?.word === 'version') return {what: 'version'};
  // Longer names first: `serve check` before `serve`.
  const sorted = commands.toSorted((a, b) => b.id.split(':').length - a.id.split(':').length);
  for (const others of [undefined, every]) {
    for (const command of sorted) {
      const args = argumentsOf(command, front, others);
      if (!args) continue;
      const known = new Map([...every, ...spellings(command.flags)]);
      if (hasFlag(args, known, helpFlags)) return {what: 'help', id: command.id};
      if (hasFlag(args, known, versionFlags)) return {what: 'version'};
      const missing = words(args, known)[0]?.word;
      if (missing !== undefined && takesNoWord(command, commands))
        return {what: 'command', id: `${command.id}:${missing}`, args: []};
      return {what: 'command', id: command.id, args: [...args, ...rest]};
    }
  }
  if (hasFlag(front, every, versionFlags)) return {what: 'version'};
  const asksHelp = argv.length === 0 || hasFlag(front, every, helpFlags);
  if (asksHelp) return {what: 'help', ...(first ? {id: first.word} : {})};
  return {what: 'command', id: first?.word ?? argv[0]!, args: []};
}

/** A command that has commands of its own and no arguments: a word behind it is meant to be one of them. */
function takesNoWord({id, args = {}}: CommandLike, commands: readonly CommandLike[]): boolean {
  return Object.keys(args).length === 0 && commands.some((other) => other.id.startsWith(`${id}:`));
}

/**
 * What is left of the tokens without the words of the command; undefined if they are not its.
 *
 * @param others flags that are no error although the command has none of the name
 */
function argumentsOf({id, flags}: CommandLike, tokens: readonly string[], others?: Spellings): string[] | undefined {
  const wanted = id.split(':');
  const known = spellings(flags);
  const args: string[] = [];
  let found = 0;
  for (let i = 0; i < tokens.length && found < wanted.length; i++) {
    const token = tokens[i]!;
    if (!isFlag(token)) {
      if (token !== wanted[found++]) return undefined;
      if (found === wanted.length) return [...args, ...tokens.slice(i + 1)];
      continue;
    }
    const value = valueFollows(token, known) ?? (others && (valueFollows(token, others) ?? false));
    if (value === undefined || (value && i + 1 >= tokens.length)) return undefined;
    args.push(token, ...(value ? [tokens[++i]!] : []));
  }
  return undefined;
}

/** The tokens that are neither flags nor their values. */
export function words(tokens: readonly string[], known: Spellings): {word: string; at: number}[] {
  const found: {word: string; at: number}[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const word = tokens[at]!;
    if (!isFlag(word)) found.push({word, at});
    else if (valueFollows(word, known)) at++;
  }
  return found;
}

function hasFlag(tokens: readonly string[], known: Spellings, wanted: readonly string[]): boolean {
  for (let at = 0; at < tokens.length; at++) {
    if (wanted.includes(tokens[at]!)) return true;
    if (isFlag(tokens[at]!) && valueFollows(tokens[at]!, known)) at++;
  }
  return false;
}

/** `-` alone is standard input. */
export function isFlag(token: string): boolean {
  return token.startsWith('-') && token !== '-';
}

/** Whether the next token is the value of this one; undefined of a flag that is not known. */
export function valueFollows(token: string, known: Spellings): boolean | undefined {
  if ([...helpFlags, ...versionFlags].includes(token)) return false;
  if (token.startsWith('--')) {
    const [name, value] = token.split('=', 2) as [string, string?];
    const takes = known.get(name);
    return takes === undefined ? undefined : takes && value === undefined;
  }
  // `-n x`, `-nx`, `-n=x`, and several in one: `-yn x`.
  for (let i = 1; i < token.length; i++) {
    const takes = known.get(`-${token[i]}`);
    if (takes === undefined) return undefined;
    if (takes) return i === token.length - 1;
  }
  return false;
}

/** The flags as they are written, `--name` and `-n`, and whether a value follows. */
export function spellings(flags: CommandLike['flags'] = {}): Spellings {
  const known = new Map<string, boolean>();
  for (const [name, {type, char, aliases = []}] of Object.entries(flags)) {
    for (const spelling of [name, ...aliases]) known.set(`--${spelling}`, type === 'option');
    if (char) known.set(`-${char}`, type === 'option');
  }
  return known;
}
