// Writes the parts of PRIVACY.md and docs that the code knows better: the commands with their flags, the settings,
// the fields of a report. `npm run docs`; a test fails where they are stale.
import {globSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';
import type {Command, Interfaces} from '@oclif/core';
import {type Place, places, type Root, roots} from '../src/host/places.ts';
import {devices, type Field, fields} from '../src/report/index.ts';
import {type Setting, settings} from '../src/settings.ts';
import {egressTables} from './egress.ts';

const root = dirname(import.meta.dirname);

type Flag = Interfaces.OptionFlag<unknown> & {helpGroup?: string; options?: readonly string[]; aliases?: string[]};

/** Every command with its class, in the order of the names: `show`, `serve forget`. */
export async function commands(): Promise<{name: string; command: typeof Command}[]> {
  const folder = join(root, 'src/commands');
  const files = globSync('**/*.ts', {cwd: folder}).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: relative('', file)
        .replace(/\.ts$/, '')
        .replace(/\/index$/, '')
        .replaceAll('/', ' '),
      command: (await import(join(folder, file))).default as typeof Command,
    })),
  );
}

/** Groups of flags that several commands share: described once. */
const sharedGroups: Record<string, string> = {
  REPORT: 'What goes into a report',
  OFFLINE: 'Without a cluster',
  CLUSTER: 'Which cluster, as for kubectl',
  GLOBAL: 'Everywhere',
};

/** The text of every generated part, by its name. */
export async function generated(): Promise<Record<string, string>> {
  const all = await commands();
  const shared = sharedFlags(all.map(({command}) => command));
  const own: string[] = [];
  for (const {name, command} of all) {
    const flags = flagsOf(command);
    const lines: string[] = [];
    for (const [flag, definition] of Object.entries(flags).sort()) {
      if (definition.hidden) continue;
      const told = shared.get(definition.helpGroup ?? '')?.get(flag);
      // What is otherwise here than where it is told for all.
      if (!told || flagLine(flag, told) !== flagLine(flag, definition)) lines.push(flagLine(flag, definition));
    }
    const groups = new Set(
      Object.values(flags)
        .map(({helpGroup}) => helpGroup)
        .filter((group) => group && group !== 'GLOBAL'),
    );
    const also = [...groups].map((group) => sharedGroups[group!]?.toLowerCase()).filter(Boolean);
    const args = Object.entries(command.args ?? {}).map(([arg, {required, multiple}]) => {
      const name = `${arg.toUpperCase()}${multiple ? '...' : ''}`;
      return required ? ` ${name}` : ` [${name}]`;
    });
    own.push(
      [
        `#### \`seldon-usage ${name}${args.join('')}\``,
        '',
        command.summary ?? '',
        ...(lines.length > 0 ? ['', ...lines] : []),
        ...(also.length > 0 ? ['', `And the flags under: ${also.join('; ')}.`] : []),
      ].join('\n'),
    );
  }
  const groups = [...shared]
    .filter(([, flags]) => flags.size > 0)
    .map(([group, flags]) =>
      [
        `#### ${sharedGroups[group]}`,
        '',
        ...[...flags].sort().map(([flag, definition]) => flagLine(flag, definition)),
      ].join('\n'),
    );
  return {
    commands: [...own, ...groups].join('\n\n'),
    settings: table(
      ['Flag, and key in the file', 'Variable', 'Default', 'What'],
      (settings as readonly Setting[]).map((row) => [
        `\`${row.name}\``,
        `\`${row.variable}\``,
        row.default ? `\`${row.default}\`` : '',
        row.what,
      ]),
    ),
    fields: table(
      ['Field', 'Why', 'From', 'Since', 'Can be left out'],
      (fields as readonly Field[]).map((field) => [
        `\`${field.path}\``,
        field.why,
        field.source,
        field.since,
        field.required ? 'no' : `\`--omit ${field.path}\``,
      ]),
    ),
    devices: deviceList(),
    places: placeList(),
    ...egressTables(table),
  };
}

function flagsOf(command: typeof Command): Record<string, Flag> {
  return {...command.baseFlags, ...command.flags} as Record<string, Flag>;
}

/** The flags of each shared group, each as most commands have it. */
function sharedFlags(all: readonly (typeof Command)[]): Map<string, Map<string, Flag>> {
  const found = new Map(Object.keys(sharedGroups).map((group) => [group, new Map<string, Flag[]>()]));
  for (const command of all) {
    for (const [name, flag] of Object.entries(flagsOf(command))) {
      const group = flag.hidden ? undefined : found.get(flag.helpGroup ?? '');
      group?.set(name, [...(group.get(name) ?? []), flag]);
    }
  }
  const usual = (name: string, flags: readonly Flag[]) => {
    const alike = (one: Flag) => flags.filter((other) => flagLine(name, other) === flagLine(name, one)).length;
    return flags.reduce((best, one) => (alike(one) > alike(best) ? one : best));
  };
  return new Map(
    [...found].map(([group, flags]) => [group, new Map([...flags].map(([name, all]) => [name, usual(name, all)]))]),
  );
}

function flagLine(name: string, {char, description = '', type, options, helpValue, aliases}: Flag): string {
  const value =
    (type as string) === 'boolean' ? '' : ` ${helpValue ?? (options ? `<${options.join('|')}>` : '<value>')}`;
  const names = [...(char ? [`-${char}`] : []), `--${name}`, ...(aliases ?? []).map((alias) => `--${alias}`)];
  return `- \`${names.join('`, `')}${value}\`: ${description}`;
}

/** Every place that is written, below the sentence that says where they lie. */
function placeList(): string {
  const of = (root: string) => places.filter((place) => place.root === root);
  const line = ({path, what}: Place) => `- \`${path}\`: ${what}`;
  return (Object.keys(roots) as Root[])
    .map((root) => [`${roots[root]}:`, '', ...of(root).map(line)].join('\n'))
    .join('\n\n');
}

/** A line a vendor's domain. What has a shared form is marked, or the list would be twice as long. */
function deviceList(): string {
  const all = new Set(devices.map(({resource}) => resource));
  const vendors = new Map<string, string[]>();
  for (const resource of all) {
    if (resource.endsWith('.shared') && all.has(resource.slice(0, -'.shared'.length))) continue;
    const [domain = '', name = ''] = resource.split('/');
    vendors.set(domain, [...(vendors.get(domain) ?? []), `${name}${all.has(`${resource}.shared`) ? '[.shared]' : ''}`]);
  }
  return [...vendors].map(([domain, names]) => `- \`${domain}/\`: \`${names.join('`, `')}\``).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The document with each part between `<!-- generated: NAME -->` and `<!-- end -->` made anew. */
export function renew(document: string, parts: Record<string, string>): string {
  return document.replace(/(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, open, name, close) => {
    if (!Object.hasOwn(parts, name)) throw new Error(`nothing generates ${name}`);
    return `${open}\n${parts[name]}\n\n${close}`;
  });
}

/** The documents that hold generated parts. */
export const documents = [
  'README.md',
  'PRIVACY.md',
  ...globSync('docs/*.md', {cwd: root})
    .map((path) => path.replaceAll('\\', '/'))
    .sort(),
];

if (import.meta.main) {
  const parts = await generated();
  for (const document of documents) {
    const path = join(root, document);
    writeFileSync(path, renew(readFileSync(path, 'utf8'), parts));
    console.error(`${basename(path)}: up to date`);
  }
}
