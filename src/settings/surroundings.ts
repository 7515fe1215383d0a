import {statSync} from 'node:fs';
import {homedir, userInfo} from 'node:os';
import {isAbsolute, join} from 'node:path';
import {UserError} from '../errors.ts';

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
  throw new UserError('usage', `${why} is not a place for ~/${fallback}/seldon-usage.`, {
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
export function baseOf(kind: keyof typeof kinds, {env, home}: Surroundings): string | undefined {
  const base = env[`XDG_${kind.toUpperCase()}_HOME`];
  if (base && isAbsolute(base)) return base;
  if (home === '' || (kind !== 'config' && isOfAnother(home))) return undefined;
  return join(home, kinds[kind].fallback);
}
