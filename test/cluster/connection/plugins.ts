// Credential plugins made of shell scripts.
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecEntry} from '../../../src/cluster/connection/kubeconfig.ts';

/** A folder of this process; gone with it. */
export const directory = mkdtempSync(join(tmpdir(), 'seldon-usage-plugin-'));
process.once('exit', () => rmSync(directory, {recursive: true, force: true}));

let written = 0;

/** A path in the folder that nothing else has. */
export function freshPath(name: string): string {
  return join(directory, `${name}-${++written}`);
}

/** A plugin that is a shell script; answers its path. */
export function plugin(script: string, path = freshPath('plugin')): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

export const v1 = 'client.authentication.k8s.io/v1';
export const v1beta1 = 'client.authentication.k8s.io/v1beta1';
/** A script that answers a status. */
export const says = (status: unknown, apiVersion = v1, kind = 'ExecCredential') =>
  `cat <<'END'\n${JSON.stringify({kind, apiVersion, status})}\nEND`;
/** An entry for a script; an empty field counts as absent. */
export const exec = (script: string, more: ExecEntry = {}): ExecEntry => ({
  apiVersion: v1,
  command: plugin(script),
  interactiveMode: 'Never',
  ...more,
});

/** Resolves when there is no such process any more. */
export async function gone(pid: number): Promise<void> {
  const isGone = () => {
    try {
      // A zombie waits for whoever reaps orphans here.
      return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return true;
    }
  };
  for (let tries = 0; !isGone(); tries++) {
    if (tries === 1500) throw new Error(`the process ${pid} is still there`);
    await sleep(20);
  }
}
