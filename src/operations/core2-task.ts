import type {Connection} from '../cluster/connection/connection.ts';
import type {Core2Plan} from '../helm/core2-plan.ts';
import type {Surroundings} from '../settings.ts';
import type {ChangeOptions} from './changing.ts';
import type {Core2Subject} from './core2-subject.ts';

/** A change of Hodometer that was looked into, and waits for a yes. */
export interface ReadySwitch {
  readonly plan: Core2Plan;
  /** Makes it, and sees that nothing else changed. */
  apply(): Promise<void>;
  /** The last revision of the release afterwards. */
  readonly revision?: number;
}

/** What the ways to change it are given. */
export interface SwitchTask {
  readonly connection: Connection;
  readonly subject: Core2Subject;
  readonly options: ChangeOptions;
  readonly around: Surroundings;
  readonly held: DisposableStack;
  readonly on: boolean;
  /** What a person should know before saying yes. */
  readonly warnings: readonly string[];
}
