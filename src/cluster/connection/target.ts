import type {ClusterEntry, UserEntry} from './kubeconfig.ts';

/** A cluster and a user, with all that the flags say about them. */
export interface Target {
  readonly context: string;
  readonly namespace: string;
  readonly cluster: ClusterEntry;
  /** As whom the server is spoken to, for people. */
  readonly userName: string;
  readonly user: UserEntry;
}
