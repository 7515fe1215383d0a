import type {Surroundings} from '../settings.ts';
import {byID, eachContext, type FleetChoice, type Member, type OnMember} from './fleet.ts';
import {type Status, type StatusOptions, statusFrom} from './status.ts';

/**
 * Looks at each cluster. Reads only.
 *
 * @throws {UserError} usage, before any cluster is asked
 */
export async function statusFleet(
  choice: FleetChoice,
  options: StatusOptions,
  around: Surroundings,
  told?: OnMember<Status>,
): Promise<readonly Member<Status>[]> {
  const look: Parameters<typeof eachContext<Status>>[3] = (connection) => statusFrom(connection, options, around);
  return eachContext(choice, options.connection, around, look, {
    areOne: byID(({own}) => own.clusterID),
    wordOf: ({own}) => own.word,
    told,
  });
}
