import type {Part} from './options.ts';
import type {Test} from './template.ts';

/** What two options together need. */
export interface Rule {
  readonly if: Test;
  /** A list or a text that must be given then, or a switch that must be on; with `not` what must not. */
  readonly needs: string;
  readonly not?: true;
  readonly why: string;
}

/** What goes together. */
export const rules: Readonly<Record<Part, readonly Rule[]>> = {
  send: [
    {
      if: {given: 'state-storage-class'},
      needs: 'state-storage',
      why: 'there is no volume without a size',
    },
  ],
  serve: [
    {
      if: {given: 'ingress-host'},
      needs: 'trusted-proxy',
      why: 'behind an Ingress all senders have its address, and would share one sender’s limits',
    },
    {
      if: {any: [{given: 'ingress-class'}, {given: 'ingress-tls-secret'}]},
      needs: 'ingress-host',
      why: 'there is no Ingress without a host',
    },
    {
      if: {given: 'store'},
      needs: 'postgres-secret',
      not: true,
      why: 'what keeps nothing has no database',
    },
    {
      if: {given: 'service-monitor'},
      needs: 'admin-token-secret',
      why: 'without a token the metrics are for the pod itself only',
    },
  ],
};
