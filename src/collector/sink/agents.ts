import http from 'node:http';
import https from 'node:https';
import {proxiesFor} from '../../host/proxies.ts';
import {anyAnchor, systemRoots} from '../../host/trust-store.ts';

/** Connections to a sink, kept: by the proxies that the variables name, and with the trust of this machine. */
export function agentFor(url: string, env: NodeJS.ProcessEnv, most: number): http.Agent {
  const proxyEnv = proxiesFor(url, env);
  const pool = {keepAlive: true, maxSockets: most, ...(proxyEnv ? {proxyEnv} : {})};
  // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  if (url.startsWith('https:'))
    return new https.Agent({...pool, ...anyAnchor, ca: systemRoots(env), rejectUnauthorized: true});
  return new http.Agent(pool);
}
