import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Command, Interfaces} from '@oclif/core';

/** A command as oclif lists it in its manifest, which tells all of it without loading it. */
export type ListedCommand = Pick<Command.Cached, 'id' | 'summary' | 'description' | 'flags' | 'args' | 'examples'>;

/** The class of a command, as far as it is used to run one. */
export interface CommandClass {
  run(argv: string[], config: Interfaces.Config): Promise<unknown>;
}

/** What runs: the build in dist, the source, or the single executable. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly description?: string | undefined;
  commands(): Promise<readonly ListedCommand[]>;
  /** The class of a command that is listed. */
  load(id: string): Promise<CommandClass>;
}

/** What is used of a package.json. */
type Package = Pick<Program, 'name' | 'version' | 'description'>;

/** The text of oclif's manifest. */
export interface Manifest {
  readonly commands: Readonly<Record<string, ListedCommand & {readonly relativePath: readonly string[]}>>;
}

/** The program whose package.json lies in `root`: its commands are where the manifest says. */
export function programIn(
  root: string,
  manifest = async (): Promise<Manifest> => readJson(join(root, 'oclif.manifest.json')),
): Program {
  const {name, version, description} = readJson<Package>(join(root, 'package.json'));
  let read: Promise<Manifest> | undefined;
  const listed = async () => {
    read ??= manifest();
    return (await read).commands;
  };
  return {
    name,
    version,
    description,
    commands: async () => Object.values(await listed()),
    async load(id) {
      const {relativePath} = (await listed())[id]!;
      return (await import(pathToFileURL(join(root, ...relativePath)).href)).default;
    },
  };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
