import {type Destination, destinations} from '../delivery/destination.ts';
import {type Surroundings, setting, type Value} from '../settings.ts';

/** Where reports go, and who says so. */
export interface Chosen {
  readonly destinations: readonly Destination[];
  readonly origin: Value['origin'];
}

/**
 * The destinations that the flags name, else the one of the setting.
 *
 * @throws {UserError} usage, if one is no URL of http or https, or holds credentials
 */
export function chosenDestinations(urls: readonly string[], around: Surroundings): Chosen {
  if (urls.length > 0) return {destinations: destinations(urls), origin: 'flag'};
  const {value, origin} = setting('url', undefined, around)!;
  return {destinations: destinations([value]), origin};
}

/** The destinations as they are shown: without their queries. */
export function shownDestinations({destinations, origin}: Chosen): Value {
  return {value: destinations.map(({name}) => name).join(', '), origin};
}
