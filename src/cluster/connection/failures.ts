import {systemCode, UserError} from '../../errors.ts';
import {clean, shellWord} from '../../foreign.ts';

/** What is named in a sentence about a connection. */
export interface Where {
  readonly server: string;
  readonly context: string;
}

const certificate =
  "Check that the kubeconfig's certificate-authority is this cluster's, for example with: kubectl cluster-info";

/** Why there was no answer, by system error code: what happened, and what to try. */
const sentences: Record<string, [what: (where: Where) => string, suggestion: string]> = {
  ENOTFOUND: [
    ({server}) => `The name of the API server ${server} is unknown.`,
    'Check the server in the kubeconfig, and the VPN or DNS.',
  ],
  EAI_AGAIN: [
    ({server}) => `The name of the API server ${server} can't be resolved now.`,
    'Check the VPN or DNS, and try again.',
  ],
  ECONNREFUSED: [
    ({server}) => `The API server ${server} refuses connections.`,
    'Check that the cluster runs and that the port is right.',
  ],
  ECONNRESET: [
    ({server}) => `The API server ${server} closed the connection in the middle.`,
    'Try again; a proxy or firewall on the way can be the cause.',
  ],
  ETIMEDOUT: [
    ({server}) => `The API server ${server} does not answer.`,
    'Check the VPN or firewall; --request-timeout sets how long one request may take.',
  ],
  EHOSTUNREACH: [({server}) => `There is no route to the API server ${server}.`, 'Check the VPN and the network.'],
  ENETUNREACH: [({server}) => `There is no route to the API server ${server}.`, 'Check the VPN and the network.'],
  CERT_HAS_EXPIRED: [
    ({server}) => `The certificate of the API server ${server} has expired; it is ${now()} by this machine's clock.`,
    "Check this machine's clock, and renew the certificate.",
  ],
  CERT_NOT_YET_VALID: [
    ({server}) =>
      `The certificate of the API server ${server} is not valid yet; it is ${now()} by this machine's clock.`,
    "Check this machine's clock and time zone.",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    ({server}) => `The certificate of the API server ${server} is for another name.`,
    'Use a server name that is in the certificate, or set tls-server-name in the kubeconfig.',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    ({server}) => `${server} does not speak TLS.`,
    'Check the port in the kubeconfig, and whether its server should be http: instead of https:.',
  ],
  EPROTO: [
    ({server}) => `The TLS handshake with ${server} failed.`,
    'Check the port in the kubeconfig, and that the client certificate is valid.',
  ],
};
for (const code of [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]) {
  sentences[code] = [
    ({server}) => `The certificate of the API server ${server} is not signed by a CA that is trusted here.`,
    certificate,
  ];
}
sentences.EPIPE = sentences.ECONNRESET!;
sentences.ECONNABORTED = sentences.ECONNRESET!;
sentences.ESOCKETTIMEDOUT = sentences.ETIMEDOUT!;

function now(): string {
  return new Date().toISOString().slice(0, 16).replace('T', ' ').concat(' UTC');
}

/** A failure of TLS itself, told apart by whether the other side speaks TLS at all. */
function tlsCode(error: unknown): string | undefined {
  const code = systemCode(error);
  if (code !== 'EPROTO' && !code?.startsWith('ERR_SSL_')) return undefined;
  const isNoTls = /wrong.version.number|packet.length.too.long|unexpected.message|record.layer/i;
  return isNoTls.test(`${code} ${(error as Error).message}`) ? 'ERR_SSL_WRONG_VERSION_NUMBER' : 'EPROTO';
}

/** The error of a request that had no complete answer, as one that the user can mend. */
export function noAnswer(error: unknown, where: Where): UserError {
  if (error instanceof UserError) return error;
  const code = tlsCode(error) ?? systemCode(error) ?? '';
  const [what, suggestion] = sentences[code] ?? [];
  if (what)
    return new UserError('cluster', what(where), {
      suggestions: [suggestion!, `The context is ${clean(where.context)}.`],
    });
  const detail = code.startsWith('HPE_')
    ? 'what answers there does not speak HTTP'
    : clean((error as Error)?.message ?? error);
  return new UserError('cluster', `The API server ${where.server} can't be talked to: ${detail}`, {
    suggestions: [`The context is ${clean(where.context)}; does kubectl reach it?`],
  });
}

/** That the server sends, but so slowly that it would never end. */
export function tooSlow({server, context}: Where, pace: Pace): UserError {
  const within = pace.window === 60_000 ? 'a minute' : `${pace.window / 1000} s`;
  return new UserError('cluster', `The API server ${server} sends less than ${pace.bytes / 1024} KiB in ${within}.`, {
    suggestions: ['Check the VPN and the network.', `The context is ${clean(context)}.`],
  });
}

/** That it took all the time that it has where others wait for it, or the process stays. */
export function tooLong({server, context}: Where): UserError {
  return new UserError(
    'cluster',
    `The API server ${server} took too long. Beside other clusters and with --period it has five minutes, more for what it sends, and an hour at most.`,
    {
      suggestions: [
        'Check the VPN and the network. Asked alone and once it may take as long as it does:',
        `seldon-usage show${['in-cluster', '(none)'].includes(context) ? '' : ` --context ${shellWord(context)}`}`,
      ],
    },
  );
}

/** Fewest bytes in so many milliseconds. */
export interface Pace {
  readonly bytes: number;
  readonly window: number;
}

/** What was asked for, for a 403: in RBAC's own terms. */
export interface Permission {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch';
  readonly resource: string;
  /** API group; empty for the core group. */
  readonly group?: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
}

/**
 * An HTTP answer that is no success, as an error that the user can mend.
 *
 * @param location where a redirect leads
 */
export function refusal(
  status: number,
  contentType: string,
  body: string,
  where: Where & {user: string},
  permission?: Permission,
  location = '',
): UserError {
  const {server, context, user} = where;
  const isPage = /text\/html/i.test(contentType);
  const login = /^(https?:)?\/\/[^/?#]+/i.exec(location.replace(/(\/\/)[^/?#]*@/, '$1'))?.[0];
  if (status >= 300 && status < 400 && (login || !isPage)) return elsewhere(status, login, server);
  if (isPage) {
    return new UserError('cluster', `${server} answers with a web page, not as a Kubernetes API server.`, {
      suggestions: ['A login page or a proxy may be in between: check the server in the kubeconfig, and the VPN.'],
    });
  }
  if (status === 400 && /HTTP request to an HTTPS server/i.test(body)) {
    return new UserError('cluster', `${server} speaks HTTPS, and was spoken to by HTTP.`, {
      suggestions: ['Begin the server in the kubeconfig with https://.'],
    });
  }
  if (status === 401) {
    return new UserError(
      'cluster',
      `The API server ${server} does not accept the credentials of the user ${clean(user)} (401).`,
      {
        suggestions: [
          'Log in again as you do for kubectl; a token can have expired.',
          `The context is ${clean(context)}.`,
        ],
      },
    );
  }
  if (status === 403) return forbidden(body, where, permission);
  return new UserError('cluster', `The API server ${server} answered ${status}: ${statusMessage(body)}`, {
    suggestions: [
      status >= 500 || status === 429
        ? 'Try again later.'
        : `The context is ${clean(context)}; does kubectl work with it?`,
    ],
  });
}

/** Redirects on the same server have been followed where they can be: this one leads to a login page, or in a circle. */
function elsewhere(status: number, login: string | undefined, server: string): UserError {
  const what = `${server} leads elsewhere (${status}) instead of answering as a Kubernetes API server.`;
  return new UserError('cluster', what, {
    suggestions: [
      ...(login
        ? [`It leads to ${clean(login, 200)}: if that is a login, log in there first, as you do for kubectl.`]
        : []),
      'A login page or a proxy may be in between: check the server in the kubeconfig, and the VPN.',
    ],
  });
}

function forbidden(
  body: string,
  {server, user}: Where & {user: string},
  permission: Permission | undefined,
): UserError {
  if (/User \\?"system:anonymous\\?"/.test(body)) return unrecognised(server, user);
  if (!permission) return new UserError('cluster', `The API server ${server} forbids this: ${statusMessage(body)}`);
  const {verb, resource, group = '', namespace} = permission;
  const full = group ? `${resource}.${group}` : resource;
  const [kind, place] = namespace ? ['role', ` --namespace=${namespace}`] : ['clusterrole', ''];
  const name = `seldon-usage-${verb}-${resource}`;
  const grantee = userOf(body) ?? 'USER';
  return new UserError(
    'cluster',
    `The user ${clean(user)} may not ${verb} ${full}${namespace ? ` in the namespace ${namespace}` : ''}: ${statusMessage(body)}`,
    {
      suggestions: [
        'Someone with the right to do so can grant it:',
        `kubectl create ${kind} ${name} --verb=${verb} --resource=${full}${place}`,
        // A role serves everybody, a binding one user: the next one's must not have the same name.
        `kubectl create ${kind}binding ${name}:${grantee} --${kind}=${name} --user=${grantee}${place}`,
      ],
    },
  );
}

/** Nobody should grant rights to those whom the server does not know. */
function unrecognised(server: string, user: string): UserError {
  return new UserError(
    'cluster',
    `The API server ${server} forbids this: it did not recognise the credentials of the user ${clean(user)}, or was given none, and saw system:anonymous (403).`,
    {
      suggestions: [
        'Log in again as you do for kubectl; kubectl auth whoami tells whom the server sees.',
        "Look at the user's entry in the kubeconfig: an empty one, a password, a token with white space, or a client certificate of another CA is not known to the server.",
      ],
    },
  );
}

/** The name by which the server knows the user, which is what a binding needs: from its own sentence. */
function userOf(body: string): string | undefined {
  const name = /User \\?"([^"\\]+)\\?"/.exec(body)?.[1];
  return name && /^[\w:.@-]+$/.test(name) ? name : undefined;
}

/** `message` of a Kubernetes Status, else the text itself, made fit to show. */
function statusMessage(body: string): string {
  try {
    const {message} = JSON.parse(body) as {message?: unknown};
    if (typeof message === 'string') return clean(message);
  } catch {
    // No Status: a proxy's or an old server's plain text.
  }
  return clean(body) || 'without saying why';
}
