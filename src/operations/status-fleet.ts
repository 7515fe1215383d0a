import type {Surroundings} from '../settings.ts';
import {eachContext, type FleetChoice, type Member, type OnMember, type Work} from './fleet.ts';
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
  const look: Work<Status> = (connection) => statusFrom(connection, options, around);
  return eachContext(choice, options.connection, around, look, {
    tells: ({own: {clusterID: id, word}}) => ({id, word}),
    told,
  });
}
