import {existsSync, readFileSync} from 'node:fs';
import {dirname, isAbsolute, join, resolve} from 'node:path';
import {parse} from 'yaml';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Surroundings} from '../settings.ts';
import type {ConnectionOptions} from './connection.ts';

/** `cluster` of a kubeconfig, in its own terms; paths are absolute. */
export interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
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
  'auth-provider'?: {name: string; config?: Record<string, string>};
}

/** A credential plugin: k8s.io/client-go/tools/clientcmd/api/v1, ExecConfig. */
export interface ExecEntry {
  apiVersion?: string;
  command?: string;
  args?: string[];
  env?: {name: string; value: string}[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

interface ContextEntry {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** One context with what it refers to. */
export interface Target {
  readonly context: string;
  readonly namespace: string;
  readonly clusterName: string;
  readonly cluster: ClusterEntry;
  readonly userName: string;
  readonly user: UserEntry;
}

/** All entries of the files that count, the first of two equal names winning. */
interface Merged {
  files: string[];
  currentContext: string;
  contexts: Map<string, ContextEntry>;
  clusters: Map<string, ClusterEntry>;
  users: Map<string, UserEntry>;
}

/**
 * The context that kubectl would use: `--kubeconfig`, else the list in KUBECONFIG, else ~/.kube/config; rules of
 * k8s.io/client-go/tools/clientcmd. Undefined where there is no configuration at all.
 *
 * @throws {UserError} usage, if a file can't be read or the context does not exist
 */
export function readTarget(options: ConnectionOptions, around: Surroundings): Target | undefined {
  const merged = readAll(options.kubeconfig, around);
  if (merged.contexts.size === 0 && merged.clusters.size === 0 && !options.context) return undefined;
  const name = options.context ?? merged.currentContext;
  const context = name === '' ? onlyCluster(merged) : merged.contexts.get(name);
  if (!context) throw noContext(name, merged);
  const cluster = merged.clusters.get(context.cluster ?? '');
  const user = context.user ? merged.users.get(context.user) : {};
  if (!cluster || !user) {
    const missing = cluster ? `user ${clean(context.user)}` : `cluster ${clean(context.cluster ?? '')}`;
    throw new UserError('usage', `The context ${clean(name)} names the ${missing}, which no kubeconfig defines.`, {
      suggestions: [`Files read: ${merged.files.join(', ')}.`],
    });
  }
  return {
    context: name,
    namespace: context.namespace || 'default',
    clusterName: context.cluster ?? '',
    cluster,
    userName: context.user ?? '',
    user,
  };
}

/** Without a current context kubectl still works where there is but one cluster and no context at all. */
function onlyCluster({contexts, clusters, users}: Merged): ContextEntry | undefined {
  const [cluster, ...others] = clusters.keys();
  const [user = ''] = users.keys();
  return contexts.size === 0 && others.length === 0 && cluster ? {cluster, user} : undefined;
}

function noContext(name: string, {files, contexts}: Merged): UserError {
  const names = [...contexts.keys()].map((context) => clean(context, 80)).join(', ');
  const message = name === '' ? 'No context is chosen.' : `There is no context ${clean(name)}.`;
  return new UserError(
    'usage',
    `${message} ${files.join(', ')} ${files.length === 1 ? 'has' : 'have'}: ${clean(names, 1000) || 'none'}.`,
    {
      suggestions: ['Name one with --context, or choose one with: kubectl config use-context NAME'],
    },
  );
}

function readAll(explicit: string | undefined, {env, home}: Surroundings): Merged {
  const merged: Merged = {files: [], currentContext: '', contexts: new Map(), clusters: new Map(), users: new Map()};
  // An empty KUBECONFIG counts as none, as for kubectl.
  const listed = env.KUBECONFIG?.split(':').filter(Boolean) ?? [];
  const files = explicit ? [explicit] : listed.length > 0 ? listed : [join(home, '.kube/config')];
  for (const file of new Set(files)) {
    if (!explicit && !existsSync(file)) continue;
    merge(merged, resolve(file), readFile(file));
  }
  return merged;
}

function readFile(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = systemCode(error) ?? 'it is not YAML';
    throw new UserError('usage', `The kubeconfig ${clean(file)} can't be read (${why}).`, {
      suggestions: ['Name another one with --kubeconfig or KUBECONFIG.'],
    });
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new UserError('usage', `${clean(file)} is no kubeconfig.`, {
      suggestions: ['Name another one with --kubeconfig or KUBECONFIG.'],
    });
  }
  return content as Record<string, unknown>;
}

function merge(merged: Merged, file: string, content: Record<string, unknown>): void {
  merged.files.push(file);
  if (merged.currentContext === '' && typeof content['current-context'] === 'string')
    merged.currentContext = content['current-context'];
  const absolute = (path: unknown) =>
    typeof path === 'string' && path && !isAbsolute(path) ? join(dirname(file), path) : path;
  put(merged.contexts, content.contexts, 'context', file, (entry) => entry);
  put(merged.clusters, content.clusters, 'cluster', file, (entry) =>
    withPaths(entry, ['certificate-authority'], absolute),
  );
  put(merged.users, content.users, 'user', file, (entry) => {
    const user = withPaths(entry, ['client-certificate', 'client-key', 'tokenFile'], absolute) as UserEntry;
    // A plugin's command with a slash is relative to its kubeconfig; a bare one is looked up in PATH.
    if (user.exec?.command?.includes('/')) user.exec = {...user.exec, command: absolute(user.exec.command) as string};
    return user;
  });
}

function put<T extends object>(
  into: Map<string, T>,
  list: unknown,
  key: string,
  file: string,
  fit: (entry: T) => T,
): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) throw new UserError('usage', `${clean(file)} is no kubeconfig: ${key}s is not a list.`);
  for (const item of list) {
    const name = item?.name;
    if (typeof name === 'string' && !into.has(name)) into.set(name, fit((item[key] ?? {}) as T));
  }
}

function withPaths<T extends object>(entry: T, keys: string[], absolute: (path: unknown) => unknown): T {
  const out = {...entry} as Record<string, unknown>;
  for (const key of keys) if (out[key] !== undefined) out[key] = absolute(out[key]);
  return out as T;
}
