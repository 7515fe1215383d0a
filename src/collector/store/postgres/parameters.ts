/**
 * What becomes of each parameter of libpq 18 (all that its PQconndefaults() lists), and of `passwordfile`, which is ours: a
 * file that holds the password alone. It is the same wherever a parameter stands: in the address, a service, a variable.
 * What is neither honoured nor without meaning is refused: it may be there to keep somebody from being trusted.
 */
interface Fate {
  /** The variable that stands for it (32.15 of the manual). */
  readonly variable?: string;
  /** A path. */
  readonly file?: true;
  /** An address, which ps and logs show, may not have it. */
  readonly secret?: true;
  /** Why it means nothing here; absent where it is honoured. */
  readonly ignored?: string;
  readonly refused?: {
    readonly because: string;
    /** Values that ask for nothing that is not done anyway. */
    readonly but?: readonly string[];
  };
}

const noOAuth = {because: 'this program does not log in by OAuth'} as const;
const noKeys = {because: 'this program logs in with the password, not with keys that were made of it'} as const;
const noKerberos = 'this program does not log in by Kerberos: a server that asks for it is refused';
const soonerFound = 'a statement that is not answered in time ends the connection before';
const off = ['0', 'off', 'false', 'no'] as const;

export const fates = {
  service: {variable: 'PGSERVICE'},
  user: {variable: 'PGUSER'},
  password: {variable: 'PGPASSWORD', secret: true},
  passfile: {variable: 'PGPASSFILE', file: true},
  passwordfile: {file: true},
  require_auth: {variable: 'PGREQUIREAUTH'},
  channel_binding: {variable: 'PGCHANNELBINDING'},
  connect_timeout: {variable: 'PGCONNECT_TIMEOUT'},
  dbname: {variable: 'PGDATABASE'},
  host: {variable: 'PGHOST'},
  hostaddr: {variable: 'PGHOSTADDR'},
  port: {variable: 'PGPORT'},
  client_encoding: {variable: 'PGCLIENTENCODING', ignored: 'reports are UTF-8, and are sent as such'},
  options: {variable: 'PGOPTIONS'},
  application_name: {variable: 'PGAPPNAME'},
  fallback_application_name: {},
  keepalives: {},
  keepalives_idle: {},
  keepalives_interval: {ignored: soonerFound},
  keepalives_count: {ignored: soonerFound},
  tcp_user_timeout: {ignored: soonerFound},
  sslmode: {variable: 'PGSSLMODE'},
  sslnegotiation: {variable: 'PGSSLNEGOTIATION'},
  sslcompression: {variable: 'PGSSLCOMPRESSION', ignored: 'TLS is never compressed, as by libpq'},
  sslcert: {variable: 'PGSSLCERT', file: true},
  sslkey: {variable: 'PGSSLKEY', file: true},
  sslcertmode: {
    variable: 'PGSSLCERTMODE',
    refused: {
      because: 'this program is not told whether the server asked for a certificate',
      but: ['disable', 'allow'],
    },
  },
  sslpassword: {secret: true},
  sslrootcert: {variable: 'PGSSLROOTCERT', file: true},
  sslcrl: {variable: 'PGSSLCRL', file: true},
  sslcrldir: {variable: 'PGSSLCRLDIR', file: true},
  sslsni: {
    variable: 'PGSSLSNI',
    refused: {because: 'this program tells the server by which name it was called', but: ['1']},
  },
  requirepeer: {variable: 'PGREQUIREPEER'},
  min_protocol_version: {
    variable: 'PGMINPROTOCOLVERSION',
    refused: {because: 'this program speaks version 3.0 of the protocol', but: ['3.0']},
  },
  max_protocol_version: {variable: 'PGMAXPROTOCOLVERSION', ignored: 'version 3.0 is spoken, the oldest'},
  ssl_min_protocol_version: {variable: 'PGSSLMINPROTOCOLVERSION'},
  ssl_max_protocol_version: {variable: 'PGSSLMAXPROTOCOLVERSION'},
  gssencmode: {
    variable: 'PGGSSENCMODE',
    refused: {because: 'this program encrypts with TLS alone', but: ['disable', 'prefer']},
  },
  krbsrvname: {variable: 'PGKRBSRVNAME', ignored: noKerberos},
  gsslib: {variable: 'PGGSSLIB', ignored: noKerberos},
  gssdelegation: {variable: 'PGGSSDELEGATION', ignored: noKerberos},
  replication: {refused: {because: 'a store is not a stream of replication', but: off}},
  target_session_attrs: {variable: 'PGTARGETSESSIONATTRS'},
  load_balance_hosts: {variable: 'PGLOADBALANCEHOSTS'},
  scram_client_key: {secret: true, refused: noKeys},
  scram_server_key: {secret: true, refused: noKeys},
  oauth_issuer: {refused: noOAuth},
  oauth_client_id: {refused: noOAuth},
  oauth_client_secret: {secret: true, refused: noOAuth},
  oauth_scope: {refused: noOAuth},
  sslkeylogfile: {file: true, refused: {because: 'this program writes the keys of its connections nowhere'}},
  requiressl: {variable: 'PGREQUIRESSL'},
} as const satisfies Readonly<Record<string, Fate>>;

export type Parameter = keyof typeof fates;

export function fateOf(name: Parameter): Fate {
  return fates[name];
}

export function isParameter(name: string): name is Parameter {
  return Object.hasOwn(fates, name);
}

/** Those that are honoured and may stand in an address. */
export const honoured = (Object.keys(fates) as Parameter[]).filter((name) => {
  const {secret, ignored, refused} = fateOf(name);
  return !secret && ignored === undefined && (refused === undefined || refused.but !== undefined);
});
