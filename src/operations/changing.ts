import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import type {Core2Plan} from '../helm/core2-plan.ts';
import type {Plan} from '../helm/plan.ts';
import type {Level} from '../report/hodometer/properties.ts';

/** What is to be changed, and how far to go. */
export interface ChangeOptions {
  readonly connection: ConnectionOptions;
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
  /** Helm's program; absent: the one in PATH. */
  readonly helm?: string | undefined;
  /** Live objects without Helm's marks that are accepted as the release's: `Deployment/seldon-controller-manager`. */
  readonly acceptUnmarked?: readonly string[] | undefined;
  /** Image of the volunteer that is accepted besides the chart's own, by the very reference. */
  readonly acceptImage?: string | undefined;
  /** `opposite`: of what is found. */
  readonly to: boolean | 'opposite';
  /** Seldon Core 2: what Hodometer is to collect, in place of whether it runs. */
  readonly level?: Level | undefined;
  /** Seldon Core 2: for how many milliseconds no pod may come back; absent: a minute. */
  readonly watchFor?: number | undefined;
  /** Seldon Core 2: for how many milliseconds what was set may take to show; absent: a minute. */
  readonly settleFor?: number | undefined;
  /** Stop after the rehearsal; nothing is written. */
  readonly dryRun?: boolean;
  /** Aborted by the signals that end the program; the reason is the signal's name. Helm gets it too. */
  readonly signal?: AbortSignal;
}

/** How the operation speaks with the person. */
export interface Dialogue {
  /** Told what is being done, whenever it may take a second or more. */
  doing(what: string): void;
  /** Shows what is about to happen. */
  plan(plan: Plan | Core2Plan): void;
  /** Asks for a yes. */
  confirm(question: string): Promise<boolean>;
}

export interface Changed {
  /** `unchanged`: there was nothing to do. `rehearsed`: a dry run. */
  readonly outcome: 'unchanged' | 'rehearsed' | 'changed';
  readonly cluster: Pick<Connection, 'context' | 'server' | 'user'>;
  readonly release: {readonly name: string; readonly namespace: string};
  readonly value: {readonly path: string; readonly on: boolean};
  /** The last revision afterwards. */
  readonly revision: number;
  readonly plan?: Plan;
  /** What is odd about the release where nothing was to be done, or about the result. */
  readonly warnings: readonly string[];
  /** Milliseconds that each step took. */
  readonly steps: Readonly<Record<string, number>>;
}
