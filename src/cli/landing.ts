import {type SettingName, settingRow} from '../settings.ts';

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

function landing(name: string): string {
  return name.replace(/-id$/, 'ID').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a flag of a setting does, with the default of the setting. */
export function withDefault(name: SettingName, what: string): string {
  return `${what} (default: ${settingRow(name).default})`;
}
