import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {wantsJson} from './output.ts';

const words = ['--version', 'version'];

/** Whether nothing but the version is asked for, in any of its forms. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv.some((word) => words.includes(word)) && argv.every((word) => words.includes(word) || word === '--json');
}

/** Prints the version of the program whose package.json lies in `root`, as programs of oclif do. */
export function printVersion(argv: readonly string[], root: string): void {
  const {name, version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>;
  const {arch, platform, versions} = process;
  const text = wantsJson(argv)
    ? JSON.stringify({version, node: versions.node})
    : `${name}/${version} ${platform}-${arch} node-v${versions.node}`;
  process.stdout.write(`${text}\n`);
}
