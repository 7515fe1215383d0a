import type {ClusterID} from '../../src/operations/cluster-id.ts';
import type {Traits} from '../../src/operations/one-cluster.ts';

let places = 0;

/** An ID that this user keeps, and one that the cluster does. */
export const kept = (value: string): ClusterID => ({
  value,
  origin: {from: 'local', isNew: false, path: `/state/${value}`},
});
export const stored = (value: string): ClusterID => ({value, origin: {from: 'cluster', namespace: 'seldon-system'}});

export const nodes = (...ids: string[]): ReadonlySet<string> => new Set(ids);
export const noNodes = undefined;

/** What is known of a cluster: of one CA and at a place of its own, if nothing else is said. */
export function traits(
  id: ClusterID | undefined,
  nodes: ReadonlySet<string> | undefined,
  more: Partial<Traits> = {},
): Traits {
  return {place: `https://place-${places++}\n`, ca: 'CA', id, nodes, ...more};
}

/** What its ConfigMaps tell: the UID of each, or that there is none; and where it could not be looked. */
export function said(uids: Record<string, string | undefined>, unreadable: string[] = []): Pick<Traits, 'word'> {
  const present = Object.keys(uids).filter((place) => uids[place] !== undefined);
  return {
    word: {
      undetermined: [],
      places: [...Object.keys(uids), ...unreadable],
      unreadable,
      present,
      uids: Object.fromEntries(present.map((place) => [place, uids[place]!])),
    },
  };
}
