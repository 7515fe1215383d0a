import type {IncomingMessage} from 'node:http';
import {parseGoUrl} from '../../host/go-url.ts';
import type {Server} from './server-url.ts';

/** Most redirects that are followed for one request, as by Go's http.Client. */
export const mostRedirects = 10;

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer sends on to on the same server, for a request of a path; undefined: it is no redirect that is followed. */
export function redirection(
  server: Server,
  path: string,
  {statusCode = 0, headers}: IncomingMessage,
): string | undefined {
  return statuses.has(statusCode) ? sameServer(server, path, headers.location) : undefined;
}

/**
 * Where a redirect leads, if that is the same server: kubectl follows those for reading. It would follow others too, and
 * take the credentials along; nobody else is told them here.
 *
 * @param path of the request, with query
 * @returns path with query; undefined if it leads elsewhere or nowhere
 */
function sameServer(server: Server, path: string, location: string | undefined): string | undefined {
  if (!location) return undefined;
  const url = parseGoUrl(location);
  if (!url) return undefined;
  if (url.scheme || url.host) {
    const secure = url.scheme ? url.scheme === 'https' : server.secure;
    const port = Number(url.port || (secure ? 443 : 80));
    const same = url.hostname.toLowerCase() === server.hostname.toLowerCase() && port === Number(server.port);
    if (!same || secure !== server.secure || !/^(https?)?$/.test(url.scheme)) return undefined;
  }
  const rest = location.replace(/^[a-z]+:/i, '').replace(/^\/\/[^/?#]*/, '');
  // The host is of no concern here: dots are resolved and relative paths joined.
  const to = URL.parse(rest.replace(/^(?=\?|$)/, url.host ? '/' : ''), `http://server${path}`);
  return to ? to.pathname + to.search : undefined;
}
