import {Flags} from '@oclif/core';
import type {ConnectionOptions} from '../cluster/connection.ts';
import {duration} from './flags.ts';

/** kubectl's flags about the connection, by kubectl's names. */
export const clusterFlags = {
  kubeconfig: Flags.string({
    description: 'kubeconfig to use instead of KUBECONFIG or ~/.kube/config',
    helpGroup: 'CLUSTER',
    helpValue: '<file>',
  }),
  context: Flags.string({description: 'context of the kubeconfig', helpGroup: 'CLUSTER', helpValue: '<name>'}),
  namespace: Flags.string({
    char: 'n',
    description: 'namespace of the Seldon Core operator, where there are several',
    helpGroup: 'CLUSTER',
    helpValue: '<name>',
  }),
  'request-timeout': duration({
    description: 'longest time for one request to the API server; 0: none',
    default: 0,
    helpGroup: 'CLUSTER',
  }),
};

/** The parsed flags as the options of `connect`. */
export function connectionOptions(flags: {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  'request-timeout': number;
}): ConnectionOptions {
  return {kubeconfig: flags.kubeconfig, context: flags.context, requestTimeout: flags['request-timeout']};
}
