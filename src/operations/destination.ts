import {type Destination, destinations} from '../delivery/destination.ts';
import {clean} from '../foreign.ts';
import {type Surroundings, settingList, type Value, whoElseSet} from '../settings.ts';

/** Where reports go, and who says so. */
export interface Chosen {
  readonly destinations: readonly Destination[];
  readonly origin: Value['origin'];
  /** Why that may be somebody else's word, as a clause. */
  readonly others?: string;
}

/**
 * The destinations that the flags name, else the one of the setting.
 *
 * @throws {UserError} usage, if one is not a URL of http or https, or holds credentials
 */
export function chosenDestinations(urls: readonly string[] | undefined, around: Surroundings): Chosen {
  const {value, origin} = settingList('url', urls ?? [], around)!;
  const others = origin === 'file' ? whoElseSet(around) : undefined;
  return {destinations: destinations(value, origin), origin, ...(others === undefined ? {} : {others})};
}

/** What a person should know of where a report goes before it goes there, a clause each. */
export function doubtsOf({destinations, origin, others}: Chosen): string[] {
  return [
    ...(others === undefined ? [] : [`somebody else may have written that file (${clean(others, 200)})`]),
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
