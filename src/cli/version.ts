import {wantsJson} from './output.ts';

const words = ['--version', 'version'];

/** Whether nothing but the version is asked for, in any of its forms. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv.some((word) => words.includes(word)) && argv.every((word) => words.includes(word) || word === '--json');
}

interface Named {
  readonly name: string;
  readonly version: string;
}

/** The version as programs of oclif print it. */
export function versionText({name, version}: Named): string {
  return `${name}/${version} ${process.platform}-${process.arch} node-v${process.versions.node}`;
}

/** Prints the version. */
export function printVersion(argv: readonly string[], program: Named): void {
  const {version} = program;
  const text = wantsJson(argv) ? JSON.stringify({version, node: process.versions.node}) : versionText(program);
  process.stdout.write(`${text}\n`);
}
