// The surface of the command line that scripts rely on: commands, arguments and flags. `npm run surface` writes it to
// test/fixtures/command-snapshot.json, where a change of it is seen; a test compares.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {commands} from './docs.ts';

export const snapshotPath = join(import.meta.dirname, '../test/fixtures/command-snapshot.json');

/** What the classes of commands and oclif's manifest both say of a command. */
interface CommandLike {
  summary?: string | undefined;
  args?: Record<string, object> | undefined;
  flags?: Record<string, object> | undefined;
  baseFlags?: Record<string, object> | undefined;
}

const ofFlag = ['char', 'type', 'multiple', 'required', 'options', 'exclusive', 'dependsOn', 'aliases', 'helpValue'];
const ofArgument = ['required', 'options'];

/** The command as plain data, flags in the order of their names, what is false or absent left out. */
export function surface({summary, args = {}, flags = {}, baseFlags = {}}: CommandLike, withText = false): object {
  const text = withText ? ['description'] : [];
  return {
    ...(withText ? {summary} : {}),
    args: picked(args, [...ofArgument, ...text], false),
    flags: picked({...baseFlags, ...flags}, [...ofFlag, ...text], true),
  };
}

function picked(rows: Record<string, object>, keys: string[], sorted: boolean): Record<string, object> {
  const entries = Object.entries(rows);
  if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([name, row]) => [
      name,
      Object.fromEntries(keys.map((key) => [key, plain(row, key)]).filter(([, value]) => value)),
    ]),
  );
}

function plain(row: object, key: string): unknown {
  const value = (row as Record<string, unknown>)[key];
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** The surface of every command of the source, by its name. */
export async function sourceSurface(withText = false): Promise<Record<string, object>> {
  return Object.fromEntries((await commands()).map(({name, command}) => [name, surface(command, withText)]));
}

/** The text of the snapshot. */
export async function snapshot(): Promise<string> {
  return `${JSON.stringify(await sourceSurface(), null, 1)}\n`;
}

if (import.meta.main) writeFileSync(snapshotPath, await snapshot());
