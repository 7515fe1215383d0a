import {lstatSync, readlinkSync, realpathSync, statSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseDocument} from 'yaml';
import {parseAddress} from '../collector/address.ts';
import {placeOf} from '../collector/place.ts';
import {namesSink} from '../collector/sink/sinks.ts';
import {queueAddress, wholeAddress} from '../collector/store/engines.ts';
import {destination} from '../delivery/destination.ts';
import {reasonOf, systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {writeDurably} from '../host/durable.ts';
import {type KernelLock, tryLock} from '../host/kernel-lock.ts';
import {makeFolder} from '../host/make-folder.ts';
import {existing} from '../host/private-folder.ts';
import {swappableLink} from '../host/swappable-link.ts';
import {type Judged, notOwn, readJudgedFile} from '../host/whose-file.ts';
import {
  type Origin,
  parseUserFile,
  type Setting,
  type SettingName,
  type Surroundings,
  setting,
  settings,
  settingValues,
  userFilePath,
  userFilePathIfAny,
} from '../settings.ts';
import {readAuthorities} from './authorities.ts';

/** A setting, its value, and where that comes from. */
export interface Configured {
  readonly name: SettingName;
  /** Undefined: nothing sets it, and it has no default. */
  readonly value?: string | readonly string[];
  readonly origin?: Origin;
  readonly what: string;
}

/** Every setting as it counts without flags, and the path of the user's file; none where there is no place for one. */
export function config(around: Surroundings): {path?: string; settings: readonly Configured[]} {
  const path = userFilePathIfAny(around);
  return {
    ...(path === undefined ? {} : {path}),
    settings: settings.map(({name, what, ...row}: Setting & {name: SettingName}) => {
      if (row.holds === 'list') {
        const values = settingValues(name, [], around);
        // What omit says adds up; of the others the first that says anything counts.
        const origin = values[0]?.origin;
        const counted = name === 'omit' ? values : values.filter((one) => one.origin === origin);
        if (counted.length > 0) return {name, value: counted.map(({value}) => value), origin: origin!, what};
      }
      const found = setting(name, undefined, around);
      return found ? {name, value: found.value, origin: found.origin, what} : {name, what};
    }),
  };
}

/**
 * Writes a setting into the user's file, whole or not at all; comments and all else stay.
 *
 * @returns the path of the file
 * @throws {UserError} usage, if there is no such setting or the value is none for it; input, if the file can't be written
 */
export async function setConfig(key: string, values: readonly string[], around: Surroundings): Promise<string> {
  const row = rowOf(key);
  if (values.length === 0 || (values.length > 1 && row.holds !== 'list'))
    throw new UserError('usage', `${row.name} takes ${row.holds === 'list' ? 'one value or more' : 'one value'}.`, {
      suggestions: [`seldon-usage config set ${row.name} VALUE`],
    });
  for (const value of values) requireUsable(row, value, around);
  const value =
    row.holds === 'switch'
      ? values[0] === 'true'
      : row.holds === 'list'
        ? [...values]
        : asKept(row, values[0]!, around);
  return edit(around, (document) => document.set(row.name, value));
}

/**
 * Takes a setting out of the user's file.
 *
 * @returns the path of the file
 * @throws {UserError} usage, if there is no such setting; input, if the file can't be written
 */
export async function unsetConfig(key: string, around: Surroundings): Promise<string> {
  const {name} = rowOf(key);
  return edit(around, (document) => document.delete(name));
}

function rowOf(key: string): Setting {
  const row = (settings as readonly Setting[]).find(({name}) => name === key);
  if (row) return row;
  throw new UserError('usage', `There is no setting ${clean(key, 60)}.`, {
    suggestions: [
      key === 'context'
        ? 'The cluster is always the one that kubectl would speak to: kubectl config use-context NAME'
        : `The settings are ${settings.map(({name}) => name).join(', ')}.`,
    ],
  });
}

function requireUsable({name, holds, refuses}: Setting, value: string, around: Surroundings): void {
  const why =
    holds === 'switch' && value !== 'true' && value !== 'false' ? 'is neither true nor false' : refuses?.(value);
  if (why) throw new UserError('usage', `${name}: ${JSON.stringify(clean(value, 80))} ${why}.`);
  if (name === 'url') destination(value, 'file');
  if (name === 'cacert') readAuthorities(value, false, 'cacert');
  if (name === 'store') placeOf({store: value}, around);
  if (name === 'queue') queueAddress(value, around);
  if (name === 'listen' || name === 'admin-listen') parseAddress(value, name);
}

/** Paths are kept whole: the next command may run in another folder. */
function asKept({name}: Setting, value: string, around: Surroundings): string {
  if (name === 'queue' || (name === 'store' && !namesSink(value))) return wholeAddress(value, around);
  return name === 'cacert' || name === 'state-dir' ? resolve(value) : value;
}

type Document = ReturnType<typeof parseDocument>;

/** Milliseconds to wait for another change of the file, and between two looks. */
const patience = 5000;
const interval = 20;

/** Changes the file as it is at that moment: of two changes at once none is lost. */
async function edit(around: Surroundings, change: (document: Document) => unknown): Promise<string> {
  const path = userFilePath(around);
  requireOwnPlace(path);
  const lock = await lockFile(path);
  try {
    return rewrite(path, change);
  } finally {
    lock[Symbol.dispose]();
  }
}

async function lockFile(path: string): Promise<KernelLock> {
  for (const since = performance.now(); ; await sleep(interval)) {
    let lock: KernelLock | undefined;
    try {
      makeFolder(dirname(path));
      lock = tryLock(join(dirname(path), 'lock'));
    } catch (error) {
      throw unwritable(path, error);
    }
    if (lock) return lock;
    if (performance.now() - since > patience)
      throw new UserError('input', `${clean(path)} is being changed by another seldon-usage, which does not end.`, {
        suggestions: ['What was there is unchanged. Try again when it has ended.'],
      });
  }
}

function rewrite(path: string, change: (document: Document) => unknown): string {
  const text = read(path);
  // What is there already must be in order: it is written back.
  parseUserFile(text, path);
  const document = parseDocument(text);
  if (document.contents === null) document.contents = document.createNode({}) as never;
  change(document);
  const written = isEmpty(document) ? (document.commentBefore ? `#${document.commentBefore}\n` : '') : String(document);
  try {
    writeDurably(target(path), written);
  } catch (error) {
    throw unwritable(path, error);
  }
  return path;
}

function isEmpty(document: Document): boolean {
  const value: unknown = document.toJS();
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What others may have written would be this user's own word once it is written back. */
function read(path: string): string {
  let judged: Judged;
  try {
    judged = readJudgedFile(path);
    // Who switches the settings off by a link to /dev/null would have that replaced.
    if (!statSync(path).isFile()) throw Object.assign(new Error(`EINVAL: ${path}`), {code: 'EINVAL'});
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw unwritable(path, error);
  }
  const {text, others} = judged;
  if (others === undefined || text === '') return text;
  throw notOwn(path, others, 'input', 'What was there is unchanged.', 'XDG_CONFIG_HOME names another place.');
}

/**
 * Settings are written neither where somebody else could have them overwrite another file of this user, nor into another
 * user's home, as sudo leaves it, where their owner could not change them.
 *
 * @throws {UserError} input
 */
function requireOwnPlace(path: string): void {
  const link = swappableLink(path);
  const near = existing(path);
  const owner = lstatSync(near, {throwIfNoEntry: false})?.uid ?? 0;
  const why =
    link !== undefined
      ? `${link} is a link that somebody else could let lead elsewhere`
      : process.geteuid !== undefined && owner !== 0 && owner !== process.geteuid()
        ? `${near} belongs to user ${owner}`
        : undefined;
  if (why === undefined) return;
  throw new UserError('input', `${clean(path)} is not written: ${clean(why, 500)}.`, {
    suggestions: ['What was there is unchanged. XDG_CONFIG_HOME names another place.'],
  });
}

/** A link is followed, also to where nothing is yet: people keep their settings elsewhere. */
function target(path: string, links = 0): string {
  try {
    const to = resolve(realpathSync(dirname(path)), readlinkSync(path));
    // As many as Linux follows; in a circle nothing can be read either.
    return links === 40 ? path : target(to, links + 1);
  } catch {
    return path;
  }
}

function unwritable(path: string, error: unknown): UserError {
  return new UserError('input', `${clean(path)} can't be written (${reasonOf(error)}).`, {
    suggestions: ['What was there is unchanged. XDG_CONFIG_HOME names another place.'],
    cause: error,
  });
}
