import {clean} from '../foreign.ts';
import {retryAfter} from '../host/retry-after.ts';
import type {Answer, NoAnswer} from './post.ts';

/** What one POST came to. Only `delivered` is success. */
export type Verdict =
  | {readonly delivered: true; readonly status: number}
  | {
      readonly delivered: false;
      /** One clause, to be read after the name of the destination; fit to show. */
      readonly reason: string;
      readonly suggestion: string;
      /** Whether another try may help. */
      readonly retry: boolean;
      /** No complete answer came, or none of the collector's, and the report may have arrived. */
      readonly uncertain: boolean;
      readonly status?: number;
      /** Milliseconds that the server asks to wait. */
      readonly retryAfter?: number;
    };

/** Whether the collector would refuse the same report again: 4xx but for what may pass, and but for a proxy's own 407. */
export function isFinal(verdict: Verdict): boolean {
  const {status = 0} = verdict;
  return !verdict.delivered && !verdict.retry && status >= 400 && status < 500 && status !== 407;
}

/** Most characters of a collector's own message that are shown. */
const mostMessage = 200;

/** What an answer means. Only 204 says that the report was stored; a proxy or a web server says 200 to anything. */
export function verdictOf({status, headers, body, whole}: Answer, now = Date.now()): Verdict {
  if (status === 204 && whole) return {delivered: true, status};
  if (status === 204) {
    return {
      delivered: false,
      uncertain: true,
      status,
      retry: true,
      reason: 'answered 204 before it had read the whole report',
      suggestion: 'Ask whoever runs the collector, or what stands before it.',
    };
  }
  const failed = {delivered: false, uncertain: false, status} as const;
  if (status >= 200 && status < 300) {
    const page = /html/i.test(headers['content-type'] ?? '') ? 'a web page' : 'something else than 204';
    return {
      ...failed,
      retry: false,
      reason: `is not a Spartakus collector: it answers ${status} with ${page}`,
      suggestion: 'Check the URL; a login page or a proxy may be in between.',
    };
  }
  if (status >= 300 && status < 400) {
    return {
      ...failed,
      retry: false,
      reason: `redirects (${status}) to ${target(headers.location)}, and redirects are not followed`,
      suggestion: 'If that is where reports should go, name it with --url.',
    };
  }
  const said = clean(body, mostMessage);
  const reason = `${refusals[status] ?? (status >= 500 ? 'fails' : 'refuses the report')} (${status})${said && `: ${said}`}`;
  const retry = [408, 425, 429].includes(status) || status >= 500;
  const wait = retry ? retryAfter(headers['retry-after'], now) : undefined;
  return {
    ...failed,
    uncertain: gateways.has(status),
    retry,
    reason,
    suggestion: suggestions[status] ?? (retry ? 'Try again later.' : 'Ask whoever runs the collector.'),
    ...(wait === undefined ? {} : {retryAfter: wait}),
  };
}

/** A gateway passed the report on, and got no answer that it understood, or none in time (RFC 9110, 15.6.3 and 15.6.5). */
const gateways: ReadonlySet<number> = new Set([502, 504]);

const refusals: Record<number, string> = {
  400: 'finds the report invalid',
  401: 'wants credentials',
  403: 'forbids it',
  404: 'has no collector at this path',
  405: 'takes no reports at this path',
  407: 'can’t be reached: the proxy wants credentials',
  408: 'got the report too slowly',
  413: 'finds the report too large',
  415: 'does not take JSON',
  429: 'got too many reports',
};

const suggestions: Record<number, string> = {
  401: 'A collector of the Spartakus protocol asks for none: check the URL.',
  403: 'A proxy on the way can be the cause; NO_PROXY names hosts that need none.',
  404: 'Check the path; without one, it is /api/v1.',
  405: 'Check the path; without one, it is /api/v1.',
  407: 'Put them into HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY.',
  413: 'Whoever runs the collector can raise its limit; --omit leaves optional fields out.',
};

/** Where a redirect leads, without query and credentials. */
function target(location: string | undefined): string {
  if (!location) return 'nowhere';
  const url = URL.parse(location);
  return clean(url ? url.origin + url.pathname : location.split(/[?#]/)[0], mostMessage);
}

/** What it means that no complete answer came. Of the error only its code is used: its message can hold anything. */
export function verdictOfSilence({code, connected}: NoAnswer): Verdict {
  const [reason, suggestion, retry] = silences[code] ?? (code.startsWith('HPE_') ? silences.HPE! : unknown(code));
  return {delivered: false, reason, suggestion, retry, uncertain: connected};
}

type Silence = readonly [reason: string, suggestion: string, retry: boolean];

const network = 'Check the URL, the network and the proxy settings.';
const certificate = '--cacert names the file with the CA that signed it.';
const untrusted: Silence = ['has a certificate of a CA that is not trusted here', certificate, false];
const reset: Silence = ['closed the connection in the middle', network, true];
const unroutable: Silence = ['can’t be reached: there is no route to it', network, true];

const silences: Record<string, Silence> = {
  ECONNREFUSED: ['refuses connections', network, true],
  ENOTFOUND: ['has an unknown host name', network, true],
  EAI_AGAIN: ['has a host name that can’t be resolved now', network, true],
  EHOSTUNREACH: unroutable,
  ENETUNREACH: unroutable,
  ECONNRESET: reset,
  ECONNABORTED: reset,
  EPIPE: reset,
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: reset,
  CHANGED: [
    'was sent nothing: the report in the outbox is not the one that was agreed to',
    'Somebody changed its file, or the disk did. seldon-usage history discard takes it out of the outbox.',
    false,
  ],
  ETIMEDOUT: ['gave no complete answer in time', '--timeout sets how long to wait in all.', true],
  CONNECT_TIMEOUT: ['could not be connected to in time', network, true],
  ERR_PROXY_TUNNEL: [
    'can’t be reached: the proxy refuses',
    'Check HTTPS_PROXY and NO_PROXY; the proxy may want credentials.',
    true,
  ],
  ERR_PROXY_INVALID_CONFIG: [
    'can’t be reached: the proxy is not one of http or https',
    'Check HTTPS_PROXY and HTTP_PROXY.',
    false,
  ],
  CERT_HAS_EXPIRED: [
    'has a certificate that has expired',
    'Check this machine’s clock, and tell whoever runs it.',
    false,
  ],
  CERT_NOT_YET_VALID: ['has a certificate that is not valid yet', 'Check this machine’s clock.', false],
  ERR_TLS_CERT_ALTNAME_INVALID: ['has a certificate for another name', 'Check the host name in the URL.', false],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_REVOKED: ['has a certificate that was revoked', 'Tell whoever runs it.', false],
  ERR_SSL_WRONG_VERSION_NUMBER: ['does not speak TLS', 'Check the port; http: and https: can be mixed up.', false],
  HPE: ['does not speak HTTP', 'Check the port in the URL.', false],
};

/** Connection errors that are not named here can pass; a failed handshake does not. */
function unknown(code: string): Silence {
  const tls = code === 'EPROTO' || /^ERR_(SSL|TLS)_/.test(code);
  const told = code === '' ? '' : ` (${clean(code, 60)})`;
  return tls ? [`can’t agree on TLS${told}`, network, false] : [`can’t be spoken to${told}`, network, true];
}
