import {readFileSync} from 'node:fs';
import {systemCode, UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {checkAuthProvider, idToken} from './auth-provider.ts';
import {clientCertificate} from './client-certificate.ts';
import type {PluginTerminal} from './connection.ts';
import type {PluginCredentials} from './exec-plugin.ts';
import {identityHeaders, impersonation} from './identity-headers.ts';
import type {Target} from './target.ts';

/** What goes with a request so that the server knows who asks. */
export interface Presented {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** PEM of a client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

/** The credentials of one target. */
export interface Credentials {
  /** To be asked for at each request: tokens expire and rotate. */
  present(): Promise<Presented>;
  /**
   * After a 401: how to get others than those refused, if there are any to be had, which waits for nobody; getting them may take a
   * person. A plugin is asked again only once.
   */
  renew(refused: Presented): (() => Promise<Presented>) | undefined;
}

/** What the credentials of a target depend on besides its user. */
export interface CredentialContext {
  readonly server: string;
  readonly authority: string;
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: PluginTerminal;
  /** Milliseconds that a request may take; 0: no limit. */
  readonly requestTimeout: number;
  readonly waiting?: ((sentence: string) => void) | undefined;
}

/** Milliseconds a plugin may take; where a person has to log in by it, as long as a device code usually lives. */
const patience = {alone: 60_000, withPerson: 15 * 60_000};

/**
 * How long a plugin may take, milliseconds. Beside other clusters one that hangs must not hold up what was found of those; a
 * person who wants to log in for many of them gives them longer.
 */
export function pluginPatience({
  terminal,
  requestTimeout,
}: Pick<CredentialContext, 'terminal' | 'requestTimeout'>): number {
  if (!terminal.output) return requestTimeout > 0 ? Math.min(requestTimeout, patience.alone) : patience.alone;
  return terminal.shared ? Math.max(requestTimeout, patience.alone) : patience.withPerson;
}

/**
 * The credentials of a target's user, by kubectl's precedence: token (file before value) or password, client certificate,
 * and only without any of them the plugin. Nothing is presented to a server without TLS, as kubectl has it.
 *
 * @throws {UserError} usage, if a certificate or key can't be read
 */
export function credentials(target: Target, context: CredentialContext): Credentials {
  const {user} = target;
  const impersonate = impersonation(user);
  if (!context.server.startsWith('https:')) return unchanging(async () => ({headers: impersonate}));
  const provider = user['auth-provider'];
  if (provider) checkAuthProvider(provider, target.userName);
  const cert = material(user, 'client-certificate');
  const key = cert && material(user, 'client-key');
  const certificate = cert && key ? clientCertificate(cert, key, `the user ${clean(target.userName)}`) : {};
  const fixed = (headers: Record<string, string>): Presented => ({
    headers: {...headers, ...impersonate},
    ...certificate,
  });
  if (user.tokenFile) {
    const read = tokenReader(user.tokenFile, user.token);
    return fromFile(() => fixed(identityHeaders({token: read()}, target.userName)));
  }
  const hasLogin = user.token || user.username || user.password;
  if (provider && !hasLogin)
    return unchanging(async () => fixed(identityHeaders({token: idToken(provider, target.userName)}, target.userName)));
  if (user.exec && !hasLogin && !cert)
    return fromPlugin(() => askPlugin(target, context), impersonate, target.userName);
  const headers = identityHeaders(user, target.userName);
  return unchanging(async () => fixed(headers));
}

function unchanging(present: () => Promise<Presented>): Credentials {
  return {present, renew: () => undefined};
}

/** A file's token: after a 401 the file may hold another one already. */
function fromFile(read: () => Presented): Credentials {
  return {
    present: async () => read(),
    renew(refused) {
      const now = read();
      return now.headers.Authorization === refused.headers.Authorization ? undefined : async () => now;
    },
  };
}

/** Reads the file at each call; what can be read no more keeps its last value, as for kubectl. */
function tokenReader(path: string, instead: string | undefined): () => string {
  let last = instead;
  return () => {
    let problem: string;
    try {
      const token = readFileSync(path, 'utf8').trim();
      if (token) last = token;
      problem = 'is empty';
    } catch (error) {
      problem = `can't be read (${systemCode(error)})`;
    }
    if (last) return last;
    throw new UserError('usage', `The token file ${clean(path)} ${problem}.`, {
      suggestions: ['Log in again as you do for kubectl, or name another file with --token-file.'],
    });
  };
}

/** Asked at the first need, again when its answer has expired, and once more when the server refuses it. */
function fromPlugin(
  ask: () => Promise<PluginCredentials>,
  impersonate: Presented['headers'],
  userName: string,
): Credentials {
  let current: {presented: Promise<Presented>; value?: Presented; expires: number; afterRefusal: boolean} | undefined;
  const start = (afterRefusal: boolean) => {
    const answer = ask();
    const mine: NonNullable<typeof current> = {
      expires: Number.POSITIVE_INFINITY,
      afterRefusal,
      presented: answer.then(({token, cert, key, expires}) => {
        mine.expires = expires ?? Number.POSITIVE_INFINITY;
        const headers = {...identityHeaders({token}, userName), ...impersonate};
        const whose = `the credential plugin of the user ${clean(userName)}`;
        mine.value = {headers, ...(cert && key ? clientCertificate(cert, key, whose) : {})};
        return mine.value;
      }),
    };
    current = mine;
    // A plugin that failed is asked again by the next request, which may come after a login.
    mine.presented.catch(() => {
      if (current === mine) current = undefined;
    });
    return mine.presented;
  };
  const present = () => (current && Date.now() < current.expires ? current.presented : start(false));
  return {
    present,
    renew(refused) {
      if (current?.value === refused && current.afterRefusal) return undefined;
      // It may be asked already, or have given others meanwhile.
      return () => (current && current.value !== refused ? current.presented : start(true));
    },
  };
}

async function askPlugin(target: Target, context: CredentialContext): Promise<PluginCredentials> {
  // Loaded by those who have a plugin only.
  const {clusterInfo, runPlugin} = await import('./exec-plugin.ts');
  const {server, authority, env, terminal, waiting} = context;
  return runPlugin({
    exec: target.user.exec!,
    cluster: clusterInfo(server, target.cluster, authority),
    userName: target.userName,
    env,
    terminal,
    waiting,
    timeout: pluginPatience(context),
  });
}

/**
 * The text of an entry that is given inline or as a file; empty where it is not given.
 *
 * @throws {UserError} usage, if the file can't be read
 */
export function material<K extends string>(entry: {[P in K | `${K}-data`]?: unknown}, field: K): string {
  const data = entry[`${field}-data`] as string | undefined;
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  const file = entry[field] as string | undefined;
  if (!file) return '';
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError('usage', `The ${field} ${clean(file)} can't be read (${systemCode(error)}).`, {
      suggestions: ['The kubeconfig names it; paths in a kubeconfig are relative to the kubeconfig.'],
      cause: error,
    });
  }
}
