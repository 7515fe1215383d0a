import {type Destination, destinations} from '../delivery/destination.ts';
import {type Surroundings, settingList, type Value} from '../settings.ts';

/** Where reports go, and who says so. */
export interface Chosen {
  readonly destinations: readonly Destination[];
  readonly origin: Value['origin'];
}

/**
 * The destinations that the flags name, else the one of the setting.
 *
 * @throws {UserError} usage, if one is not a URL of http or https, or holds credentials
 */
export function chosenDestinations(urls: readonly string[] | undefined, around: Surroundings): Chosen {
  const {value, origin} = settingList('url', urls ?? [], around)!;
  return {destinations: destinations(value, origin), origin};
}

/** What a person should know of where a report goes before it goes there, a clause each. */
export function doubtsOf({destinations, origin}: Chosen): string[] {
  return [
    ...(destinations.some(({overheard}) => overheard)
      ? ['plain http, so send needs --allow-http: whoever owns or overhears that name can read it']
      : []),
    ...(origin === 'default' ? ['nobody promises that it answers'] : []),
  ];
}

/** The destinations as they are shown: without their queries. */
export function shownDestinations({destinations, origin}: Chosen): Value {
  return {value: destinations.map(({name}) => name).join(', '), origin};
}
