import {join} from 'node:path';
import {parse} from 'yaml';
import {reasonOf, systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {isOwnGroup} from '../host/own-group.ts';
import {existing, whoElseMayWrite} from '../host/private-folder.ts';
import {type Judged, notOwn, readJudgedFile} from '../host/whose-file.ts';
import {baseOf, directory, type Surroundings} from './surroundings.ts';
import {type Setting, type SettingName, settings} from './table.ts';

/** Path of the user's file: strings by the names of the settings, as YAML or JSON. */
export function userFilePath(around: Surroundings): string {
  return join(directory('config', around), 'config.yaml');
}

/** The same for who can do without; undefined if nothing says where it is. */
export function userFilePathIfAny(around: Surroundings): string | undefined {
  return baseOf('config', around) === undefined ? undefined : userFilePath(around);
}

/** What was read of a file, once: a process that stays has the settings that it began with. */
const read = new Map<string, {readonly content: UserFile; readonly others?: string}>();

/** The values of the user's file by the names of the settings. */
export type UserFile = Readonly<Partial<Record<SettingName, readonly string[]>>>;

/**
 * The user's file; empty where there is none.
 *
 * @throws {UserError} usage, if it can't be read or holds what is not a setting
 */
export function userFile(around: Surroundings): UserFile {
  const path = userFilePathIfAny(around);
  return path === undefined ? {} : known(path).content;
}

function known(path: string) {
  const before = read.get(path);
  if (before) return before;
  let judged: Judged | undefined;
  try {
    judged = readJudgedFile(path);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unusable(path, reasonOf(error), error);
  }
  // Most people have no such file: what reads YAML is evaluated at its first use (build/yaml.ts).
  const content = judged === undefined ? {} : parseUserFile(judged.text, path);
  const found = {content, ...(judged?.others === undefined ? {} : {others: judged.others})};
  read.set(path, found);
  return found;
}

/**
 * Why the settings of the user's file may be somebody else's words, as a clause; undefined if they can't, or it sets nothing.
 *
 * @throws {UserError} usage, if it can't be read or holds what is not a setting
 */
export function whoElseSet(around: Surroundings): string | undefined {
  const path = userFilePathIfAny(around);
  if (path === undefined || Object.keys(known(path).content).length === 0) return undefined;
  return known(path).others;
}

/**
 * Nobody else's settings decide where there is nobody who would see them first.
 *
 * @param code of the error: what it is that is not done
 * @param nothing what did not happen, as a sentence
 * @throws {UserError} if others may have written the user's file
 */
export function requireOwnSettings(around: Surroundings, code: 'consent' | 'input', nothing: string): void {
  const others = whoElseSet(around);
  if (others !== undefined)
    throw notOwn(userFilePath(around), others, code, nothing, 'XDG_CONFIG_HOME names another place.');
}

/**
 * What the person should know of settings in a folder that is not theirs alone, in a sentence; undefined where there is nothing to
 * say. They are used all the same: volumes of Kubernetes are made so, and what another user puts there is theirs to see.
 *
 * @throws {UserError} usage, if the file can't be read or holds what is not a setting
 */
export function sharedSettings(around: Surroundings): string | undefined {
  const path = userFilePathIfAny(around);
  if (path === undefined || process.geteuid === undefined) return undefined;
  if (Object.keys(known(path).content).length === 0) return undefined;
  // A process that stays may outlive the file.
  const others = known(path).others ?? whoElseMayWrite(existing(path), isOwnGroup);
  if (others === undefined) return undefined;
  return `The settings in ${clean(path, 500)} are not this user's alone (${clean(others, 500)}): who can write there can remove or replace them. XDG_CONFIG_HOME names another place.`;
}

/**
 * Reads the text of a user's file.
 *
 * @throws {UserError} usage, if it holds what is not a setting
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
      throw unusable(path, 'context is not a setting: the cluster is the one that kubectl would speak to');
    const row = (settings as readonly Setting[]).find(({name}) => name === key);
    if (!row) throw unusable(path, `${key} is not a setting`);
    out[key as SettingName] = valuesOf(row, value, path);
  }
  return out;
}

function valuesOf({name, holds, refuses}: Setting, value: unknown, path: string): string[] {
  if (holds === 'switch') {
    if (typeof value === 'boolean') return [String(value)];
    if (value === 'true' || value === 'false') return [value];
    throw unusable(path, `${name} must be true or false`);
  }
  if (holds === 'list' && Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  if (typeof value === 'string') return [value];
  // YAML takes a bare number for one; for people it is what they wrote.
  if (holds !== 'list' && Number.isSafeInteger(value) && !refuses?.(String(value))) return [String(value)];
  throw unusable(path, `${name} must be a string${holds === 'list' ? ', or a list of strings' : ''}`);
}

function unusable(path: string, why: string, cause?: unknown): UserError {
  return new UserError('usage', `The settings in ${path} can't be used: ${why}.`, {
    suggestions: [`Mend or remove the file; its keys are ${settings.map(({name}) => name).join(', ')}.`],
    cause,
  });
}
