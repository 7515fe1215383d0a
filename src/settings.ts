import {readFileSync, statSync} from 'node:fs';
import {homedir, userInfo} from 'node:os';
import {join} from 'node:path';
import {parse} from 'yaml';
import {systemCode, UserError} from './errors.ts';
import {parseDuration} from './host/duration.ts';
import {isOptionalField} from './report/index.ts';

/** One thing a user can set, under the same name everywhere. */
export interface Setting {
  /** Name of the flag, and key in the user's file. */
  readonly name: string;
  readonly variable: `SELDON_USAGE_${string}`;
  readonly default?: string;
  readonly what: string;
  /** `list`: several values add up, in the file a list, in the variable with commas or spaces. `switch`: true or false. */
  readonly holds?: 'list' | 'switch';
  /** Why a value can't be used, as the end of a sentence that begins with it; absent: any text can. */
  readonly refuses?: (value: string) => string | undefined;
}

function whyNot(read: () => unknown, why: string): string | undefined {
  try {
    read();
    return undefined;
  } catch {
    return why;
  }
}

/** Milliseconds; what takes longer is a matter of --period. */
const longestTimeout = 86_400_000;

/**
 * Refuses times that are none for a delivery.
 *
 * @param timeout milliseconds
 * @throws {UserError} usage
 */
export function requireTimeout(timeout: number): void {
  if (timeout <= 0 || timeout > longestTimeout)
    throw new UserError('usage', '--timeout must be longer than 0, and at most 24h.');
}

/** Every setting that has a variable; precedence: flag, variable, user's file, default. */
export const settings = [
  {
    name: 'cluster-id',
    variable: 'SELDON_USAGE_CLUSTER_ID',
    what: 'UUID of the cluster; without it the one that the cluster keeps',
    refuses: (value) => (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? undefined : 'is no UUID'),
  },
  {
    name: 'url',
    variable: 'SELDON_USAGE_URL',
    default: 'http://seldon-core-stats.seldon.io',
    what: 'collectors that reports are sent to; the default is the one of Seldon’s own charts',
    holds: 'list',
    refuses: (value) => (/^https?:$/.test(URL.parse(value)?.protocol ?? '') ? undefined : 'is no URL of http or https'),
  },
  {
    name: 'allow-http',
    variable: 'SELDON_USAGE_ALLOW_HTTP',
    default: 'false',
    what: 'whether reports may be sent over plain http, where others can read them',
    holds: 'switch',
  },
  {name: 'cacert', variable: 'SELDON_USAGE_CACERT', what: 'file with the CAs of collectors, instead of the system’s'},
  {
    name: 'timeout',
    variable: 'SELDON_USAGE_TIMEOUT',
    default: '60s',
    what: 'longest time for a delivery in all',
    refuses: (value) =>
      whyNot(() => requireTimeout(parseDuration(value)), 'is no duration such as 90s or 5m, of at most 24h'),
  },
  {
    name: 'capacity',
    variable: 'SELDON_USAGE_CAPACITY',
    default: 'known',
    what: 'which resource names are reported',
    refuses: (value) => (['known', 'all'].includes(value) ? undefined : 'is neither known nor all'),
  },
  {
    name: 'omit',
    variable: 'SELDON_USAGE_OMIT',
    what: 'optional fields that reports leave out; those of flag, variable and file add up',
    holds: 'list',
    refuses: (value) => (isOptionalField(value) ? undefined : 'is no field that a report can do without'),
  },
  {
    name: 'state-dir',
    variable: 'SELDON_USAGE_STATE_DIR',
    what: 'folder of local cluster IDs, outbox and ledger; default seldon-usage in the XDG state directory',
  },
  {
    name: 'keep-reports',
    variable: 'SELDON_USAGE_KEEP_REPORTS',
    default: '100',
    what: 'sent reports whose bytes are kept, and as many that were not delivered and no longer wait; or all. The ledger keeps every line',
    refuses: (value) => (/^(\d{1,9}|all)$/.test(value) ? undefined : 'is neither a number nor all'),
  },
  {
    name: 'store',
    variable: 'SELDON_USAGE_STORE',
    what: 'store of the collector, sqlite:PATH; default reports.db in the XDG data directory',
  },
  {
    name: 'listen',
    variable: 'SELDON_USAGE_LISTEN',
    default: '127.0.0.1:8080',
    what: 'address at which the collector takes reports',
  },
  {
    name: 'admin-listen',
    variable: 'SELDON_USAGE_ADMIN_LISTEN',
    default: '127.0.0.1:9090',
    what: 'address of the statistics of the collector',
  },
] as const satisfies readonly Setting[];

/** Variables that stop everything: any value but empty, `0` and `false` means that nothing is read, resolved or sent. */
export const offSwitches = [
  {variable: 'DO_NOT_TRACK', what: 'the switch of all tools that honour it (donottrack.sh)'},
  {variable: 'SELDON_USAGE_DISABLED', what: 'the switch of this tool alone'},
] as const;

/** Variables that hold a secret. They are no settings: no flag, no file and no listing has their values. */
export const secretVariables = {token: 'SELDON_USAGE_TOKEN'} as const;

/** The value of a secret's variable; undefined where it is not set. */
export function secret(name: keyof typeof secretVariables, {env}: Surroundings): string | undefined {
  return env[secretVariables[name]]?.trim() || undefined;
}

export type SettingName = (typeof settings)[number]['name'];

/** Where a value came from, as `status` and `show` say it. */
export type Origin = 'flag' | 'variable' | 'file' | 'default';

export interface Value<T = string> {
  readonly value: T;
  readonly origin: Origin;
}

/** What the program sees of its surroundings; given in, so that tests can say what it is. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Empty where there is none: a container that runs as a random user has neither HOME nor an entry for it. */
  readonly home: string;
}

/** The surroundings of this process. */
export function surroundings(): Surroundings {
  return {env: process.env, home: homeDirectory()};
}

function homeDirectory(): string {
  try {
    return homedir() || userInfo().homedir;
  } catch {
    return '';
  }
}

/** The row of a setting. */
export function settingRow(name: SettingName): Setting {
  return settings.find((row) => row.name === name)!;
}

/**
 * The value of a setting and where it came from; undefined where nothing sets it and there is no default.
 *
 * @throws {UserError} usage, if the user's file can't be read
 */
export function setting(name: SettingName, flag: string | undefined, around: Surroundings): Value | undefined {
  const {variable, ...row} = settingRow(name);
  if (flag !== undefined) return {value: flag, origin: 'flag'};
  const fromVariable = around.env[variable];
  if (fromVariable) return {value: fromVariable, origin: 'variable'};
  const fromFile = userFile(around)[name];
  if (fromFile !== undefined) return {value: fromFile.join(' '), origin: 'file'};
  return row.default === undefined ? undefined : {value: row.default, origin: 'default'};
}

/**
 * Every value of a setting that holds a list, with where each comes from: those of the flag, the variable and the file.
 *
 * @throws {UserError} usage, if the user's file can't be read
 */
export function settingValues(name: SettingName, flags: readonly string[], around: Surroundings): Value[] {
  const {variable} = settingRow(name);
  return [
    ...flags.map((value): Value => ({value, origin: 'flag'})),
    ...listed(around.env[variable] ?? '').map((value): Value => ({value, origin: 'variable'})),
    ...(userFile(around)[name] ?? []).map((value): Value => ({value, origin: 'file'})),
  ];
}

/** The parts of a list in a variable. A URL may hold a comma: only before another URL does one end it. */
function listed(text: string): string[] {
  return text
    .split(/\s+/)
    .flatMap((part) => part.split(part.includes('://') ? /,(?=[a-z][a-z\d+.-]*:\/\/)/i : ','))
    .filter((part) => part !== '');
}

/**
 * The values of a setting that holds a list, of the first that says any: the flag, the variable, the user's file, the
 * default.
 *
 * @throws {UserError} usage, if the user's file can't be read
 */
export function settingList(
  name: SettingName,
  flags: readonly string[],
  around: Surroundings,
): Value<readonly string[]> | undefined {
  const all = settingValues(name, flags, around);
  const origin = all[0]?.origin;
  if (origin !== undefined) return {value: all.filter((one) => one.origin === origin).map(({value}) => value), origin};
  const preset = settingRow(name).default;
  return preset === undefined ? undefined : {value: [preset], origin: 'default'};
}

/**
 * A setting that is true or false: of the flag, the variable, the user's file, or its default.
 *
 * @throws {UserError} usage, if it is neither
 */
export function switchSetting(name: SettingName, flag: boolean | undefined, around: Surroundings): boolean {
  const {value, origin} = setting(name, flag === undefined ? undefined : String(flag), around)!;
  const word = value.trim().toLowerCase();
  if (['true', '1', 'yes'].includes(word)) return true;
  if (['false', '0', 'no'].includes(word)) return false;
  throw new UserError('usage', `${name} is ${JSON.stringify(value)} (${origin}); it can be true or false.`);
}

const kinds = {
  config: {fallback: '.config', variables: ['XDG_CONFIG_HOME']},
  state: {fallback: '.local/state', variables: ['SELDON_USAGE_STATE_DIR', 'XDG_STATE_HOME']},
  data: {fallback: '.local/share', variables: ['SELDON_USAGE_STORE', 'XDG_DATA_HOME']},
  cache: {fallback: '.cache', variables: ['XDG_CACHE_HOME']},
} as const;

/**
 * One of the XDG directories of this program. The specification lets a relative value be ignored.
 *
 * @throws {UserError} usage, if neither its variable nor a home directory is there
 */
export function directory(kind: keyof typeof kinds, around: Surroundings): string {
  const {fallback, variables} = kinds[kind];
  const base = baseOf(kind, around);
  if (base !== undefined) return join(base, 'seldon-usage');
  const why =
    around.home === ''
      ? 'This user has no home directory, so there'
      : `The home directory ${around.home} belongs to another user, where nothing is kept, so there`;
  throw new UserError('usage', `${why} is no place for ~/${fallback}/seldon-usage.`, {
    suggestions: [`Set one of these variables: ${[...variables, 'HOME'].join(', ')}`],
  });
}

/**
 * Whether the folder belongs to another user, as where sudo keeps HOME: nothing is made there, which its owner could not
 * remove, or could have lead somewhere else. One of root's that this user may write is an image's for random users.
 */
function isOfAnother(home: string): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return false;
  const owner = statSync(home, {throwIfNoEntry: false})?.uid ?? user;
  return owner !== user && owner !== 0;
}

/** What the XDG variable names, else its place in the home directory; undefined without either. */
function baseOf(kind: keyof typeof kinds, {env, home}: Surroundings): string | undefined {
  const base = env[`XDG_${kind.toUpperCase()}_HOME`];
  if (base?.startsWith('/')) return base;
  if (home === '' || (kind !== 'config' && isOfAnother(home))) return undefined;
  return join(home, kinds[kind].fallback);
}

/**
 * The folder of local cluster IDs, outbox and ledger.
 *
 * @throws {UserError} usage, if nothing says where it is
 */
export function stateDirectory(flag: string | undefined, around: Surroundings): string {
  return setting('state-dir', flag, around)?.value ?? directory('state', around);
}

/** The same for who only reads it, and can do without; undefined if nothing says where it is. */
export function stateDirectoryIfAny(flag: string | undefined, around: Surroundings): string | undefined {
  return setting('state-dir', flag, around)?.value ?? (baseOf('state', around) && directory('state', around));
}

/** Path of the user's file: strings by the names of the settings, as YAML or JSON. */
export function userFilePath(around: Surroundings): string {
  return join(directory('config', around), 'config.yaml');
}

const read = new Map<string, UserFile>();

/** The values of the user's file by the names of the settings. */
export type UserFile = Readonly<Partial<Record<SettingName, readonly string[]>>>;

/**
 * The user's file; empty where there is none.
 *
 * @throws {UserError} usage, if it can't be read or holds what is no setting
 */
export function userFile(around: Surroundings): UserFile {
  if (baseOf('config', around) === undefined) return {};
  const path = userFilePath(around);
  const known = read.get(path);
  if (known) return known;
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unusable(path, code ?? 'unknown reason', error);
  }
  const content = parseUserFile(text, path);
  read.set(path, content);
  return content;
}

/**
 * Reads the text of a user's file.
 *
 * @throws {UserError} usage, if it holds what is no setting
 */
export function parseUserFile(text: string, path: string): UserFile {
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    throw unusable(path, (error as Error).message.split('\n')[0] ?? '', error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw unusable(path, 'it holds no keys');
  const out: Partial<Record<SettingName, readonly string[]>> = {};
  for (const [key, value] of Object.entries(content)) {
    if (key === 'context')
      throw unusable(path, 'context is no setting: the cluster is the one that kubectl would speak to');
    const row = (settings as readonly Setting[]).find(({name}) => name === key);
    if (!row) throw unusable(path, `${key} is no setting`);
    out[key as SettingName] = valuesOf(row, value, path);
  }
  return out;
}

function valuesOf({name, holds}: Setting, value: unknown, path: string): string[] {
  if (holds === 'switch') {
    if (typeof value === 'boolean') return [String(value)];
    if (value === 'true' || value === 'false') return [value];
    throw unusable(path, `${name} must be true or false`);
  }
  if (holds === 'list' && Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  if (typeof value === 'string') return [value];
  throw unusable(path, `${name} must be a string${holds === 'list' ? ', or a list of strings' : ''}`);
}

function unusable(path: string, why: string, cause?: unknown): UserError {
  return new UserError('usage', `The settings in ${path} can't be used: ${why}.`, {
    suggestions: [`Mend or remove the file; its keys are ${settings.map(({name}) => name).join(', ')}.`],
    cause,
  });
}
