import {lstatSync, readlinkSync, type Stats} from 'node:fs';
import {dirname, isAbsolute, resolve} from 'node:path';
import {makeFolder} from './make-folder.ts';

/** Links that are followed on one path; Linux follows as many. */
const mostLinks = 40;

/**
 * Why somebody else could put other files where this path leads, as a clause for people; undefined if only this user and
 * root can. Every folder on the way is looked at, and behind a link that of the link as well as that of its target: who
 * may write a folder may rename what is in it. Group and others count alike, since a group's members can't be known; so
 * do access control lists, which are not seen here. A sticky folder (`/tmp`) is safe for what this user or root owns.
 *
 * @param path a file or folder that exists
 * @param isOwn whether a group is this user's alone, where it is enough to have no reason to warn of it: a list of access can hide
 * behind the group's mode
 */
export function whoElseMayWrite(path: string, isOwn: (gid: number) => boolean = () => false): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return 'who may write there is not known on this system';
  const rest = resolve(path).split('/').filter(Boolean);
  let at = '/';
  let found = ofAnother('/', lstatSync('/'), user, isOwn);
  let sticky = false;
  for (let links = 0; rest.length > 0 && !found; ) {
    const next = `${at === '/' ? '' : at}/${rest.shift()}`;
    const stats = lstatSync(next);
    if (sticky && !isOurs(stats, user)) return `${next} belongs to user ${stats.uid}`;
    if (stats.isSymbolicLink()) {
      if (++links > mostLinks) return `${path} is a link that leads in a circle`;
      const target = readlinkSync(next);
      rest.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'));
      if (isAbsolute(target)) [at, sticky] = ['/', false];
      continue;
    }
    at = next.endsWith('/..') ? dirname(at) : next;
    found = ofAnother(at, stats, user, isOwn);
    sticky = (stats.mode & 0o1000) !== 0;
  }
  return found;
}

function isOurs({uid}: Stats, user: number): boolean {
  return uid === user || uid === 0;
}

function ofAnother(path: string, stats: Stats, user: number, isOwn: (gid: number) => boolean): string | undefined {
  if (!isOurs(stats, user)) return `${path} belongs to user ${stats.uid}`;
  const writers = stats.mode & 0o022;
  const isTheirs = writers !== 0 && !(writers === 0o020 && isOwn(stats.gid));
  const open = stats.isDirectory() && isTheirs && (stats.mode & 0o1000) === 0;
  return open ? `others may write ${path}` : undefined;
}

/**
 * Makes the folder where it is missing, for this user alone (0700), with those above it.
 *
 * @returns false if it can't be made, or somebody else could put files into it or another folder into its place
 */
export function makePrivate(path: string): boolean {
  try {
    // Before anything is made: what is made in somebody else's home would be theirs to find.
    if (whoElseMayWrite(existing(path)) !== undefined) return false;
    makeFolder(path);
    const {mode, uid} = lstatSync(path);
    return whoElseMayWrite(path) === undefined && uid === process.geteuid?.() && (mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** The path itself or the nearest folder above it that is there. */
export function existing(path: string): string {
  for (let at = resolve(path); ; at = dirname(at)) {
    if (lstatSync(at, {throwIfNoEntry: false}) || at === dirname(at)) return at;
  }
}

/** Where Node may keep compiled code of this program: it runs what it finds there. */
export function compileCache(env: NodeJS.ProcessEnv): string | undefined {
  const base = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : env.HOME && `${env.HOME}/.cache`;
  const path = base?.startsWith('/') ? `${base}/seldon-usage/compiled` : undefined;
  return path !== undefined && makePrivate(path) ? path : undefined;
}
