import {parseDuration} from '../host/duration.ts';
import {type SettingName, type Surroundings, setting, settingRow, settingText, switchSetting} from '../settings.ts';

/** The name under which a flag lands among the options of an operation: `admin-listen` as `adminListen`, an ID as `…ID`. */
type Landing<Name extends string> = Name extends `${infer Head}-id`
  ? `${Head}ID`
  : Name extends `${infer Head}-${infer Rest}`
    ? `${Head}${Capitalize<Landing<Rest>>}`
    : Name;

/** Flags as options. */
export type Landed<Parsed> = {[Name in keyof Parsed & string as Landing<Name>]: Parsed[Name]};

/** Nothing but a type that no value has, where a flag would land nowhere. */
type Known<Options, Name extends string> = [Exclude<Landing<Name>, keyof Options>] extends [never] ? unknown : never;

/**
 * The flags of a definition as the options of an operation, each under its own name: where a flag lands is not written twice.
 * A flag of a name that no option has does not compile: `landed<Options>()(flags, definition)`.
 */
export function landed<Options>() {
  return <Parsed extends object, Name extends keyof Parsed & string>(
    flags: Parsed,
    definition: Readonly<Record<Name, unknown>> & Known<Options, Name>,
  ): Landed<Pick<Parsed, Name>> =>
    Object.fromEntries((Object.keys(definition) as Name[]).map((name) => [landing(name), flags[name]])) as Landed<
      Pick<Parsed, Name>
    >;
}

/**
 * The same of flags that have a setting of their name: where one is not given, the setting's value lands, of the variable,
 * the user's file or its default.
 */
export function settled<Options>() {
  return <Parsed extends object, Name extends keyof Parsed & SettingName>(
    flags: Parsed,
    definition: Readonly<Record<Name, unknown>> & Known<Options, Name>,
    around: Surroundings,
  ): {[One in Name as Landing<One>]: Settled<NonNullable<Parsed[One]>>} => {
    const landedValue = (name: Name) => settledValue(name, flags[name], around);
    return Object.fromEntries(
      (Object.keys(definition) as Name[]).map((name) => [landing(name), landedValue(name)]),
    ) as {
      [One in Name as Landing<One>]: Settled<NonNullable<Parsed[One]>>;
    };
  };
}

/** A switch and a duration have a default always, a text may have none. */
type Settled<Value> = Value extends boolean | number ? Value : Value | undefined;

function settledValue(name: SettingName, flag: unknown, around: Surroundings): unknown {
  const {holds} = settingRow(name);
  if (holds === 'switch') return switchSetting(name, flag as boolean | undefined, around);
  if (holds === 'duration') return flag ?? parseDuration(setting(name, undefined, around)!.value);
  return setting(name, flag as string | undefined, around)?.value;
}

function landing(name: string): string {
  return name.replace(/-id$/, 'ID').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The help of a flag that is a setting: the setting's own text, with its default. */
export function settingHelp(name: SettingName): string {
  const {default: preset, holds} = settingRow(name);
  const isTold = preset !== undefined && holds !== 'switch';
  return `${settingText(name)}${isTold ? ` (default: ${preset})` : ''}`;
}
