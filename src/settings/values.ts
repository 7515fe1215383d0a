import {UserError} from '../errors.ts';
import type {Surroundings} from './surroundings.ts';
import {baseOf, directory} from './surroundings.ts';
import {type SettingName, secretVariables, settingRow} from './table.ts';
import {userFile} from './user-file.ts';

/** Where a value came from, as `status` and `show` say it. */
export type Origin = 'flag' | 'variable' | 'file' | 'default';

export interface Value<T = string> {
  readonly value: T;
  readonly origin: Origin;
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

/** The value of a secret's variable; undefined where it is not set. */
export function secret(name: keyof typeof secretVariables, {env}: Surroundings): string | undefined {
  return env[secretVariables[name]]?.trim() || undefined;
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
