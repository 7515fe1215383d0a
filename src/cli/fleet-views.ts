import {exitCodes} from '../errors.ts';
import {shownName} from '../foreign.ts';
import type {Member} from '../operations/fleet.ts';
import type {IdResult} from '../operations/id.ts';
import type {Status} from '../operations/status.ts';
import {idLine, statusLine} from '../render/fleet.ts';
import {fleetProgress, printFleet, warnOf} from './fleet.ts';
import {tell} from './print.ts';
import {idJson, statusJson} from './word.ts';

/** Tells of each cluster whose ID is known. */
export const idProgress = (json: boolean | undefined) => fleetProgress(idLine, json);

/** Prints the IDs of several clusters; what is to be known of one is told before. */
export function printIDs(members: readonly Member<IdResult>[], json: boolean | undefined): void {
  for (const {context, result} of json ? [] : members) {
    if (result?.word.sentence) tell(`${shownName(context)}: ${result.word.sentence}`);
    for (const warning of result?.warnings ?? []) warnOf(warning, context);
  }
  printFleet(members, {line: idLine, json: idJson}, json);
}

/** Tells of each cluster that was looked at. */
export const statusProgress = (json: boolean | undefined) => fleetProgress(statusLine, json);

/** Prints how several clusters are; what can't be determined of one ends as it does alone. */
export function printStatuses(members: readonly Member<Status>[], json: boolean | undefined): void {
  for (const {context, result} of json ? [] : members)
    if (result?.own.word.sentence) tell(`${shownName(context)}: ${result.own.word.sentence}`);
  printFleet(members, {line: statusLine, json: statusJson}, json);
  if (process.exitCode !== exitCodes.bug && members.some(({result}) => result?.determined === false))
    process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodes.cluster);
}
