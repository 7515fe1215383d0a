import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parse} from 'yaml';
import {systemCode, UserError} from '../errors.ts';
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

const read = new Map<string, UserFile>();

/** The values of the user's file by the names of the settings. */
export type UserFile = Readonly<Partial<Record<SettingName, readonly string[]>>>;

/**
 * The user's file; empty where there is none.
 *
 * @throws {UserError} usage, if it can't be read or holds what is not a setting
 */
export function userFile(around: Surroundings): UserFile {
  const path = userFilePathIfAny(around);
  if (path === undefined) return {};
  const known = read.get(path);
  if (known) return known;
  let text: string | undefined;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unusable(path, code ?? 'unknown reason', error);
  }
  // Most people have no such file: what reads YAML is evaluated at its first use (build/yaml.ts).
  const content = text === undefined ? {} : parseUserFile(text, path);
  read.set(path, content);
  return content;
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
