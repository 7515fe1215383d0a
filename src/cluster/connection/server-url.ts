import {posix} from 'node:path';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {escapeGoPath, type GoUrl, parseGoUrl} from '../../host/go-url.ts';
import type {Target} from './target.ts';

/** An API server as it is dialled: the host is the very text of the kubeconfig, never another address. */
export interface Server {
  readonly secure: boolean;
  /** Name or address, without brackets; an IPv6 zone stays. */
  readonly hostname: string;
  /** As it is written: a proxy is told it so. */
  readonly port: string;
  /** What the Host header says. */
  readonly authority: string;
  /** Path before every request's own; empty, or with a slash at its beginning and none at its end. */
  readonly path: string;
  /** URL without credentials, for people and programs. */
  readonly href: string;
  /** Authorization that the URL itself holds. */
  readonly basic: string | undefined;
}

/**
 * The server as kubectl reads it: DefaultServerURL in k8s.io/client-go/rest. Without a scheme it is http, whatever the
 * port; query and fragment count for nothing, and a user in it goes before all other credentials.
 *
 * @throws {UserError} usage, if there is no host to dial
 */
export function serverOf({cluster: {server = ''}, context}: Pick<Target, 'cluster' | 'context'>): Server {
  let url = parseGoUrl(server);
  if (!url?.scheme || !url.host) {
    url = parseGoUrl(`http://${server}`);
    if (url && url.path !== '' && url.path !== '/') url = undefined;
  }
  const secure = url?.scheme === 'https';
  if (!url?.host || !(secure || url.scheme === 'http') || Number(url.port) > 65535) throw unusable(server, context);
  const port = url.port || (secure ? '443' : '80');
  const {username, password, hostname} = url;
  const path = escapeGoPath(posix.join('/', url.path)).replace(/\/$/, '');
  return {
    secure,
    hostname,
    port,
    authority: hostHeader(url),
    path,
    href: `${url.scheme}://${bracketed(hostname).replace('%', '%25')}${url.port ? `:${url.port}` : ''}${path}`,
    basic: username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  };
}

/** A name or an address as it stands before a port. */
export function bracketed(hostname: string): string {
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

/** As it is written, without an IPv6 zone, which means something on this machine only. */
function hostHeader({hostname, port}: GoUrl): string {
  return `${bracketed(hostname.replace(/%.*/, ''))}${port ? `:${port}` : ''}`;
}

function unusable(server: string, context: string): UserError {
  const shown = JSON.stringify(clean(server.replace(/^([^@/]*\/\/)?[^@]*@/, '$1')));
  return new UserError('usage', `The context ${clean(context)} has no usable server: ${shown}.`, {
    suggestions: ['Set cluster.server in the kubeconfig: https://HOST:PORT, or --server.'],
  });
}
