import type {Surroundings} from '../settings.ts';
import {eachContext, type FleetChoice, type Member, type OnMember, type Work} from './fleet.ts';
import {type IdOptions, type IdResult, idFrom} from './id.ts';

/**
 * Tells the ID of each cluster, and stores it where the user says so.
 *
 * @throws {UserError} usage, before any cluster is asked
 */
export async function idFleet(
  choice: FleetChoice,
  options: IdOptions,
  around: Surroundings,
  told?: OnMember<IdResult>,
): Promise<readonly Member<IdResult>[]> {
  const tell: Work<IdResult> = (connection) => idFrom(connection, options, around, async () => false);
  return eachContext(choice, options.connection, around, tell, {
    tells: ({id, word}) => ({id, word}),
    told,
  });
}
