import type {Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {collectFrom, requireOnline} from './collect.ts';
import {type Collected, type CollectOptions, requireID} from './collected.ts';
import {nodesOf, refuseCopies} from './copied-id.ts';
import {chosenDestinations, doubtsOf, shownDestinations} from './destination.ts';
import {eachContext, type FleetChoice, type Member, type OnMember, type Work} from './fleet.ts';
import type {Traits} from './one-cluster.ts';
import {type ShowOptions, type ShowResult, seeBoth} from './show.ts';

/**
 * Builds the report of each cluster. Reads only.
 *
 * @throws {UserError} usage, before any cluster is asked; what fails for one is in the result
 */
export async function collectFleet(
  choice: FleetChoice,
  options: CollectOptions,
  around: Surroundings,
  told?: OnMember<Collected>,
): Promise<readonly Member<Collected>[]> {
  await requireOnline(options, around);
  const build: Work<Collected> = async (connection) => {
    const collected = await collectFrom(connection, options, around);
    requireID(collected);
    return collected;
  };
  const members = await eachContext(choice, options.connection, around, build, {tells: traitsOf, told});
  return refuseCopies(members, reportOf, options.stateDir, around);
}

/**
 * What `show` tells of each cluster, where it would go among it. Sends nothing.
 *
 * @throws {UserError} usage, before any cluster is asked
 */
export async function showFleet(
  choice: FleetChoice,
  {url, collect, hodometer = false}: ShowOptions,
  around: Surroundings,
  told?: OnMember<Pick<ShowResult, 'report' | 'collected'>>,
): Promise<readonly Member<ShowResult>[]> {
  const chosen = chosenDestinations(url, around);
  const to = {destination: shownDestinations(chosen), doubts: doubtsOf(chosen)};
  await requireOnline(collect, around);
  const look: Work<ShowResult> = async (connection) => {
    const collecting = collectFrom(connection, collect, around).then((collected) => {
      requireID(collected);
      return collected;
    });
    if (hodometer) return {...(await seeBoth(connection, collect, collecting)), ...to};
    const collected = await collecting;
    return {report: collected.report, collected, ...to};
  };
  const tells = ({collected}: ShowResult) => (collected ? traitsOf(collected) : {});
  const members = await eachContext(choice, collect.connection, around, look, {tells, told});
  return refuseCopies(members, reportOf, collect.stateDir, around);
}

/** What a report that was built tells of its cluster. */
export function traitsOf({clusterID: id, word, report}: Collected): Partial<Traits> {
  return {id, word, nodes: nodesOf(report)};
}

function reportOf({report}: {readonly report: Report}): Report {
  return report;
}
