import type {IncomingMessage} from 'node:http';
import type {Allowance} from './allowance.ts';

/** What a request may say besides its path. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Told once the request has left. */
  readonly sent?: (() => void) | undefined;
}

/** A Kubernetes API server, and as whom it is spoken to. Everything of the program that speaks to a cluster has it from `connect`. */
export interface Connection {
  /** Name of the kubeconfig's context; `in-cluster` inside a pod. */
  readonly context: string;
  /** URL of the API server, without credentials. */
  readonly server: string;
  /** Name of the kubeconfig's user; the service account inside a pod. */
  readonly user: string;
  /** Namespace of the context; `default` where it names none. */
  readonly namespace: string;
  /** PEM of the server's CA, as far as it is known: part of the cluster's identity where it has no better one. */
  readonly ca: string;
  /**
   * What else decides where the URL leads: the kubeconfig's proxy, and the name that the certificate must have; empty where
   * there is neither. Is only compared: a proxy's password may stand in it.
   */
  readonly way: string;
  /**
   * One request; the answer's headers have arrived when it resolves, whatever the status. 60 s (or the request
   * timeout) without a byte end it, and a minute with hardly any.
   *
   * @param path absolute path with query
   * @throws {UserError} cluster, if there is no answer: unknown host, refused, bad certificate, timeout
   */
  request(path: string, options?: RequestOptions): Promise<IncomingMessage>;
  /** How a read waits before it tries again, in milliseconds; absent: by the clock. Tests take the waits from here. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
  /** Lets the server take as long as it does from now on: what is begun must not be cut off in the middle. */
  lift?(): void;
  /** Ends what still runs, and all attempts after it, so that the program can end. */
  close(): void;
}

/**
 * By what clusters are told apart that tell nothing of themselves. Not by the CA: by one way one server answers, whichever
 * certificates it is trusted by.
 */
export function placeOf({server, way}: Pick<Connection, 'server' | 'way'>): string {
  const url = URL.canParse(server) ? new URL(server).href : server;
  return `${url.replace(/\/$/, '')}\n${way}`;
}

/** Whether a credential plugin may talk to a person. */
export interface PluginTerminal {
  /** It may read from standard input. */
  readonly input: boolean;
  /** It may write to standard error. */
  readonly output: boolean;
  /** Others may run beside it, and nobody waits for it alone. */
  readonly shared?: boolean;
}

/** kubectl's flags about the connection, as far as they are given, and what a connection may do besides. */
export interface ConnectionOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Names of the kubeconfig's entries, instead of the context's own. */
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  /** URL of the API server, instead of the cluster's. */
  readonly server?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** File with a bearer token, instead of the user's own credentials; read again as it changes. */
  readonly tokenFile?: string | undefined;
  /** Whom to impersonate, and as a member of which groups. */
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  /** `key=value`, a key as often as it has values. */
  readonly asUserExtra?: readonly string[] | undefined;
  /** Files, instead of what the cluster's and the user's entries say. */
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  /** For programs that are given the connection: nothing asks for compressed answers here. */
  readonly disableCompression?: boolean | undefined;
  /** Milliseconds a request may take; 0 or absent: no limit but that of silence. */
  readonly requestTimeout?: number | undefined;
  /** How long the server may take in all, where others wait for it; absent: as long as it does. */
  readonly allowance?: Allowance | undefined;
  /** Sockets at the same time, where many clusters are asked side by side; absent: as many as there are requests. */
  readonly sockets?: number | undefined;
  readonly terminal?: PluginTerminal | undefined;
  /** Told what is waited for where it takes long, a sentence; `context`: for which cluster, where there are several. */
  readonly waiting?: ((sentence: string, context?: string) => void) | undefined;
  /** Told what the person should know at once; one sentence each. */
  readonly warn?: ((sentence: string) => void) | undefined;
}
