import type {Connection} from '../cluster/connection/connection.ts';
import type {Core2Era} from '../cluster/core2/hodometer.ts';
import type {Level} from '../report/hodometer/properties.ts';

/** One field that changes: a value of a release, or a field of an object. */
export interface FieldChange {
  readonly path: string;
  /** As a person reads it; `not set` where it is not. */
  readonly before: string;
  readonly after: string;
}

/** What is about to happen to Hodometer, for a person to agree to. */
export interface Core2Plan {
  readonly cluster: Pick<Connection, 'context' | 'server' | 'user'>;
  readonly namespace: string;
  readonly era: Core2Era;
  /** `off`: no pod runs and none comes back; `on`; or another level, which starts and stops nothing. */
  readonly to: 'off' | 'on' | 'level';
  /** `Release ns/name, chart, revision` or `SeldonRuntime ns/name`. */
  readonly object: string;
  readonly fields: readonly FieldChange[];
  /** Objects that Helm removes. */
  readonly removed: readonly string[];
  /** Objects of the release that stay as they are; absent where there is no release. */
  readonly kept?: number;
  readonly helm?: {readonly path: string; readonly version: string};
  /** Where it reports to until then, or from then on. */
  readonly destinations: readonly string[];
  /** What it collects; absent: not known. */
  readonly level?: Level | 'invalid';
  readonly command: string;
  readonly undo: string;
  readonly warnings: readonly string[];
}

/** What came of it. */
export interface Core2Changed {
  readonly outcome: 'unchanged' | 'rehearsed' | 'changed';
  readonly cluster: Core2Plan['cluster'];
  readonly hodometer: {
    readonly namespace: string;
    readonly to: Core2Plan['to'];
    readonly level?: string;
  };
  /** The last revision of the release afterwards. */
  readonly revision?: number;
  /** Milliseconds for which it was seen that no pod came back. */
  readonly watched?: number;
  readonly plan?: Core2Plan;
  readonly warnings: readonly string[];
  readonly steps: Readonly<Record<string, number>>;
}
