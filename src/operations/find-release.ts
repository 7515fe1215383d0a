import type {Connection} from '../cluster/connection/connection.ts';
import {likelyNamespaces} from '../cluster/seldon.ts';
import {UserError} from '../errors.ts';
import {candidates, chooseRelease} from '../helm/choose.ts';
import {idleOperator} from '../helm/operator.ts';
import {type FoundRelease, type FoundReleases, findReleases, readRecord} from '../helm/releases.ts';
import {findChosenSeldon} from './find-seldon.ts';

/**
 * The one release of Seldon Core that is meant, with its whole record.
 *
 * @throws {UserError} release, if there is none or several; cluster, if it was not possible to look everywhere
 */
export async function findRelease(
  connection: Connection,
  {namespace, release}: {readonly namespace?: string | undefined; readonly release?: string | undefined},
): Promise<FoundRelease> {
  const likely = await likelyNamespaces(connection);
  const found = await findReleases(connection, {namespace, release, likely});
  const possible = candidates(found);
  const isNamed = namespace !== undefined || release !== undefined;
  // For the answer where it is not one.
  const [operators, elsewhere, idle] = await Promise.all([
    possible.length === 0 ? findChosenSeldon(connection, namespace).then((seldon) => seldon.operators) : [],
    possible.length === 0 && isNamed ? findReleases(connection, {likely}).then(({releases}) => releases) : [],
    possible.length > 1 ? Promise.all(possible.map((one) => idleOperator(connection, one))) : [],
  ]);
  const ofFirst = operators.filter(({core2}) => !core2);
  if (operators.length > ofFirst.length && ofFirst.length + elsewhere.length === 0 && isSeen(found))
    throw withoutHodometer();
  const places = ofFirst.map((operator) => operator.namespace);
  const chosen = chooseRelease(found, {namespace, release}, places, idle, elsewhere);
  if (!chosen.outline) return chosen;
  // What was left out of it while there were others.
  const whole = await readRecord(connection, chosen, chosen.record.version);
  if (!whole) throw new UserError('release', 'Somebody else removed the release in the meantime.');
  const {outline: _, ...rest} = chosen;
  return {...rest, ...whole};
}

function isSeen({unreadable, damaged}: FoundReleases): boolean {
  return unreadable.length + damaged.length === 0;
}

/** Of Seldon Core 2 there is an operator, and nothing that decides on a Hodometer. */
function withoutHodometer(): UserError {
  return new UserError(
    'release',
    'There is nothing to turn on or off: of Seldon Core 2 no Hodometer was found, and no SeldonRuntime and no release that decides on one.',
    {suggestions: ['seldon-usage status tells what there is; seldon-usage send --period reports without it.']},
  );
}
