import {readFileSync} from 'node:fs';
import {homedir, userInfo} from 'node:os';
import {join} from 'node:path';
import {parse} from 'yaml';
import {systemCode, UserError} from './errors.ts';

/** One thing a user can set, under the same name everywhere. */
export interface Setting {
  /** Name of the flag, and key in the user's file. */
  readonly name: string;
  readonly variable: `SELDON_USAGE_${string}`;
  readonly default?: string;
  readonly what: string;
}

/** Every setting that has a variable; precedence: flag, variable, user's file, default. */
export const settings = [
  {
    name: 'cluster-id',
    variable: 'SELDON_USAGE_CLUSTER_ID',
    what: 'UUID of the cluster; without it the one that the cluster keeps',
  },
  {
    name: 'url',
    variable: 'SELDON_USAGE_URL',
    default: 'http://seldon-core-stats.seldon.io',
    what: 'collector that reports are sent to; the default is the one of Seldon’s own charts',
  },
  {name: 'capacity', variable: 'SELDON_USAGE_CAPACITY', default: 'known', what: 'which resource names are reported'},
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

/**
 * The value of a setting and where it came from; undefined where nothing sets it and there is no default.
 *
 * @throws {UserError} usage, if the user's file can't be read
 */
export function setting(name: SettingName, flag: string | undefined, around: Surroundings): Value | undefined {
  const {variable, ...row}: Setting = settings.find((row) => row.name === name)!;
  if (flag !== undefined) return {value: flag, origin: 'flag'};
  const fromVariable = around.env[variable];
  if (fromVariable) return {value: fromVariable, origin: 'variable'};
  const fromFile = userFile(around)[name];
  if (fromFile !== undefined) return {value: fromFile, origin: 'file'};
  return row.default === undefined ? undefined : {value: row.default, origin: 'default'};
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
  throw new UserError(
    'usage',
    `This user has no home directory, so there is no place for ~/${fallback}/seldon-usage.`,
    {
      suggestions: [`Set one of these variables: ${[...variables, 'HOME'].join(', ')}`],
    },
  );
}

/** What the XDG variable names, else its place in the home directory; undefined without either. */
function baseOf(kind: keyof typeof kinds, {env, home}: Surroundings): string | undefined {
  const base = env[`XDG_${kind.toUpperCase()}_HOME`];
  if (base?.startsWith('/')) return base;
  return home === '' ? undefined : join(home, kinds[kind].fallback);
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

const read = new Map<string, Readonly<Record<string, string>>>();

function userFile(around: Surroundings): Readonly<Record<string, string>> {
  if (baseOf('config', around) === undefined) return {};
  const path = userFilePath(around);
  const known = read.get(path);
  if (known) return known;
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') content = {};
    else throw unusable(path, (error as Error).message.split('\n')[0] ?? '', error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw unusable(path, 'it holds no keys');
  for (const [key, value] of Object.entries(content)) {
    if (!settings.some(({name}) => name === key)) throw unusable(path, `${key} is no setting`);
    if (typeof value !== 'string') throw unusable(path, `${key} must be a string`);
  }
  read.set(path, content as Record<string, string>);
  return content as Record<string, string>;
}

function unusable(path: string, why: string, cause?: unknown): UserError {
  return new UserError('usage', `The settings in ${path} can't be used: ${why}.`, {
    suggestions: [`Mend or remove the file; its keys are ${settings.map(({name}) => name).join(', ')}.`],
    cause,
  });
}
