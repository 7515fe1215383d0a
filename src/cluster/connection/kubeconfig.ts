import {readFileSync} from 'node:fs';
import {delimiter, dirname, isAbsolute, join, resolve} from 'node:path';
import {systemCode, UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Surroundings} from '../../settings.ts';
import {besides, type Kind, kinds, wrongField} from './kubeconfig-fields.ts';
import {NoYaml, parseKubeconfig} from './kubeconfig-text.ts';

/** `cluster` of a kubeconfig, in its own terms; paths are absolute. */
export interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  'disable-compression'?: boolean;
  extensions?: {name?: string; extension?: unknown}[];
}

/** `user` of a kubeconfig, in its own terms; paths are absolute. */
export interface UserEntry {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  exec?: ExecEntry;
  'auth-provider'?: {name?: string; config?: Record<string, string>};
}

/** A credential plugin: k8s.io/client-go/tools/clientcmd/api/v1, ExecConfig. */
export interface ExecEntry {
  apiVersion?: string;
  command?: string;
  args?: string[];
  env?: {name: string; value?: string}[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: string;
}

/** `context` of a kubeconfig: names of entries. */
export interface ContextEntry {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** All entries of the files that count, the first of two equal names winning. */
export interface Kubeconfig {
  /** The files that were read, and those that were named and do not exist. */
  readonly files: string[];
  readonly missing: string[];
  currentContext: string;
  readonly contexts: Map<string, ContextEntry>;
  readonly clusters: Map<string, ClusterEntry>;
  readonly users: Map<string, UserEntry>;
}

/**
 * What kubectl would read: the file that is given, else the list in KUBECONFIG, else ~/.kube/config; rules of
 * ClientConfigLoadingRules in k8s.io/client-go/tools/clientcmd. In a list, missing and empty files count for nothing.
 *
 * @param parse the text of a file; who wants the names alone has quicker ones
 * @throws {UserError} usage, if a file can't be read or is not a kubeconfig
 */
export function readKubeconfig(
  given: string | undefined,
  {env, home}: Surroundings,
  parse: (bytes: Buffer) => unknown = parseKubeconfig,
): Kubeconfig {
  const all: Kubeconfig = {
    files: [],
    missing: [],
    currentContext: '',
    contexts: new Map(),
    clusters: new Map(),
    users: new Map(),
  };
  const usual = home === '' ? [] : [join(home, '.kube', 'config')];
  const paths = given ? [given] : env.KUBECONFIG ? env.KUBECONFIG.split(delimiter) : usual;
  for (const path of new Set(paths)) {
    if (path === '') continue;
    const content = readFile(path, Boolean(given), parse);
    if (content === undefined) all.missing.push(path);
    else add(all, resolve(path), content);
  }
  return all;
}

/** Undefined where the file does not exist and need not. */
function readFile(
  path: string,
  required: boolean,
  parse: (bytes: Buffer) => unknown,
): Record<string, unknown> | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && !required) return undefined;
    throw unusable(path, code === 'ENOENT' ? 'does not exist' : `can't be read (${code})`, error);
  }
  const content = contentOf(bytes, path, parse) ?? {};
  if (typeof content !== 'object' || Array.isArray(content)) throw unusable(path, 'is not a kubeconfig');
  const {kind, apiVersion} = content as {kind?: unknown; apiVersion?: unknown};
  // Neither need be there, and an empty one counts for none; 0 and false are no strings, though.
  if (
    ![undefined, null, '', 'Config'].includes(kind as string) ||
    ![undefined, null, '', 'v1'].includes(apiVersion as string)
  )
    throw unusable(path, `is not a kubeconfig: it is of kind ${clean(kind, 60)}, version ${clean(apiVersion, 60)}`);
  return content as Record<string, unknown>;
}

function contentOf(bytes: Buffer, path: string, parse: (bytes: Buffer) => unknown): unknown {
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof NoYaml)) throw error;
    throw unusable(path, `is not YAML${error.line === undefined ? '' : `: see its line ${error.line}`}`);
  }
}

function unusable(path: string, why: string, cause?: unknown): UserError {
  return new UserError('usage', `The kubeconfig ${clean(path)} ${why}.`, {
    suggestions: ['Mend it, or name another one with --kubeconfig or KUBECONFIG.'],
    cause,
  });
}

function add(all: Kubeconfig, file: string, content: Record<string, unknown>): void {
  all.files.push(file);
  const current = content['current-context'];
  if (typeof current === 'string') all.currentContext ||= current;
  else if (current !== undefined && current !== null)
    throw unusable(file, 'has a current-context that is not a string');
  const wrong = wrongField(content, besides);
  if (wrong) throw unusable(file, `has ${wrong}`);
  // Go's filepath.Join, unlike Node's, leaves no slash at the end.
  const absolute = (path: string | undefined) =>
    path && !isAbsolute(path) ? join(dirname(file), path).replace(/(?<=.)\/$/, '') : path;
  for (const [name, context] of entries<ContextEntry>(file, content, 'context')) put(all.contexts, name, context);
  for (const [name, cluster] of entries<ClusterEntry>(file, content, 'cluster'))
    put(all.clusters, name, withPaths(cluster, ['certificate-authority'], absolute));
  for (const [name, entry] of entries<UserEntry>(file, content, 'user')) {
    const user = withPaths(entry, ['client-certificate', 'client-key', 'tokenFile'], absolute);
    // A plugin's command with a slash is relative to its kubeconfig; a bare one is looked up in PATH.
    const command = user.exec?.command?.includes('/') ? absolute(user.exec.command) : undefined;
    put(all.users, name, command ? {...user, exec: {...user.exec, command}} : user);
  }
}

function put<T>(into: Map<string, T>, name: string, entry: T): void {
  if (!into.has(name)) into.set(name, entry);
}

/** The named entries of one list of a file, each checked field by field. */
function entries<T extends object>(file: string, content: Record<string, unknown>, kind: Kind): Map<string, T> {
  const {list, fields} = kinds[kind];
  const items = content[list] ?? [];
  const found = new Map<string, T>();
  if (!Array.isArray(items)) throw unusable(file, `is not a kubeconfig: its ${list} are not a list`);
  for (const item of items as Record<string, unknown>[]) {
    if (typeof (item ?? {}) !== 'object' || Array.isArray(item))
      throw unusable(file, `has among its ${list} one without fields`);
    const name = item?.name ?? '';
    if (typeof name !== 'string') throw unusable(file, `has a name that is not a string among its ${list}`);
    if (found.has(name)) throw unusable(file, `has two ${list} of the name ${clean(name)}`);
    const entry = item?.[kind] ?? {};
    const wrong = wrongField(entry, fields);
    if (wrong) throw unusable(file, `has in the ${kind} ${clean(name)} ${wrong}`);
    found.set(name, entry as T);
  }
  return found;
}

function withPaths<T extends object>(
  entry: T,
  keys: (keyof T)[],
  absolute: (path: string | undefined) => string | undefined,
): T {
  const out = {...entry};
  for (const key of keys) if (out[key]) out[key] = absolute(out[key] as string) as T[keyof T];
  return out;
}
