import {readFileSync} from 'node:fs';
import {join} from 'node:path';
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

/**
 * Prints the version as programs of oclif do.
 *
 * @param own the program's package.json, or the folder where it lies
 */
export function printVersion(argv: readonly string[], own: Named | string): void {
  const {name, version} =
    typeof own === 'string' ? (JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as Named) : own;
  const {arch, platform, versions} = process;
  const text = wantsJson(argv)
    ? JSON.stringify({version, node: versions.node})
    : `${name}/${version} ${platform}-${arch} node-v${versions.node}`;
  process.stdout.write(`${text}\n`);
}
