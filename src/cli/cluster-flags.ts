import {isatty} from 'node:tty';
import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import type {ConnectionOptions} from '../cluster/connection/connection.ts';
import {shownName} from '../foreign.ts';
import {refusedSecret, requestTimeout} from './flags.ts';
import {landed} from './landing.ts';
import {tell, warn} from './print.ts';

const group = {helpGroup: 'CLUSTER'};
const name = {...group, helpValue: '<name>'};
const file = {...group, helpValue: '<file>'};
const byFile = 'Put the token into a file and name it with --token-file, or into the variable SELDON_USAGE_TOKEN.';
const byEntry = 'Put user and password into the kubeconfig: kubectl config set-credentials NAME.';

/** kubectl's flags about the connection, by kubectl's names. */
const connecting = {
  kubeconfig: Flags.string({
    ...group,
    helpValue: '<file>',
    description: 'kubeconfig to use instead of KUBECONFIG or ~/.kube/config',
  }),
  context: Flags.string({...name, description: 'context of the kubeconfig'}),
  cluster: Flags.string({...name, description: 'cluster of the kubeconfig, instead of that of the context'}),
  user: Flags.string({...name, description: 'user of the kubeconfig, instead of that of the context'}),
  server: Flags.string({
    ...group,
    char: 's',
    helpValue: '<url>',
    description: 'API server, instead of that of the cluster',
  }),
  'token-file': Flags.string({
    ...group,
    helpValue: '<file>',
    description: 'bearer token to present instead of that of the user; SELDON_USAGE_TOKEN holds one itself',
  }),
  as: Flags.string({...name, description: 'user to impersonate'}),
  'as-group': Flags.string({
    ...name,
    multiple: true,
    multipleNonGreedy: true,
    description: 'group to impersonate; repeatable',
  }),
  'as-uid': Flags.string({...name, helpValue: '<uid>', description: 'UID to impersonate'}),
  'as-user-extra': Flags.string({
    ...group,
    helpValue: '<key=value>',
    multiple: true,
    multipleNonGreedy: true,
    description: 'more about whom to impersonate; repeatable',
  }),
  'certificate-authority': Flags.string({
    ...file,
    description: 'CA of the API server, instead of that of the cluster',
  }),
  'client-certificate': Flags.string({
    ...file,
    description: 'certificate to present, instead of that of the user',
  }),
  'client-key': Flags.string({...file, description: 'its private key'}),
  'disable-compression': Flags.boolean({...group, hidden: true}),
  'tls-server-name': Flags.string({...name, description: 'name that the certificate of the API server must have'}),
  'insecure-skip-tls-verify': Flags.boolean({
    ...group,
    description: 'do not check the certificate of the API server; whoever is on the way can read everything',
  }),
  'request-timeout': requestTimeout({
    ...group,
    description: 'longest time for one request to the API server (5 is 5s); 0: none',
    default: 0,
  }),
};

/** Where in the cluster. */
const inside = {
  namespace: Flags.string({
    ...name,
    char: 'n',
    description: 'namespace of the Seldon Core operator, or of Hodometer, where there are several',
  }),
};

/** All that say which cluster, and as whom. A token comes from a file or a variable, never by a flag. */
export const clusterFlags = {
  ...connecting,
  ...inside,
  token: refusedSecret(byFile),
  username: refusedSecret(byEntry),
  password: refusedSecret(byEntry),
};

/** What every operation on a cluster is told of it. */
export interface ClusterOptions {
  readonly connection: ConnectionOptions;
  readonly namespace: string | undefined;
}

type Parsed = Interfaces.InferredFlags<typeof connecting & typeof inside> & {readonly json?: boolean | undefined};

/** The parsed flags as the options of an operation, with the terminal of this process for plugins and warnings. */
export function clusterOptions(flags: Parsed): ClusterOptions {
  const connection = {
    ...landed<ConnectionOptions>()(flags, connecting),
    terminal: {input: isatty(0), output: isatty(2)},
    warn,
    waiting: flags.json ? undefined : waiting,
  };
  return {connection, ...landed<ClusterOptions>()(flags, inside)};
}

function waiting(sentence: string, context?: string): void {
  tell(context === undefined ? sentence : `${shownName(context)}: ${sentence}`);
}
