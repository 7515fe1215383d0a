import type {Connection} from '../../cluster/connection/connection.ts';
import {resourceFinder} from '../api-resources.ts';
import {type Document, keyOf, readManifest} from '../documents.ts';
import type {Edit} from '../edit.ts';
import type {Observed} from '../kept.ts';
import {type Located, locate} from '../objects.ts';
import type {Release} from '../record.ts';
import {isUsageDocument} from '../usage.ts';
import type {Stage} from './judge.ts';
import type {Permitted} from './objects.ts';

/** The objects of the last revision, as they were looked at. */
function split(observed: readonly Observed[]): {kept: Observed[]; usage: Observed[]} {
  return {
    kept: observed.filter(({document}) => !isUsageDocument(document)),
    usage: observed.filter(({document}) => isUsageDocument(document)),
  };
}

/**
 * A rehearsal reads the objects of the plan, and writes nothing. Which usage objects a chart makes is known once its
 * rendering has passed the post-renderer: before that, no template can ask for them.
 *
 * @param rendered text of the file in which the post-renderer leaves the usage documents, by their keys
 */
export function rehearsalStage(
  connection: Connection,
  namespace: string,
  observed: readonly Observed[],
  rendered: () => string | undefined,
): Stage {
  const {kept, usage} = split(observed);
  let located: Promise<Located[]> | undefined;
  return {
    async permitted(): Promise<Permitted> {
      const text = located ? undefined : rendered();
      if (text !== undefined) located = locate(documentsOf(text), namespace, resourceFinder(connection));
      return {kept, usage: [...usage, ...((await located) ?? [])], change: 'rehearsed'};
    },
  };
}

function documentsOf(text: string): Document[] {
  return Object.values(JSON.parse(text) as Record<string, string>).flatMap((document) => readManifest(document));
}

/** The change makes or removes the usage objects, and nothing else. */
export function changeStage(
  on: boolean,
  observed: readonly Observed[],
  usage: readonly Located[],
  checkRecord: (record: Release) => string[],
): Stage {
  const {kept, usage: stored} = split(observed);
  const permitted: Permitted = {kept, usage: on ? usage : stored, change: on ? 'created' : 'deleted'};
  return {permitted: async () => permitted, checkRecord};
}

/** A rehearsal of an edit reads the objects of the last revision. */
export function editRehearsal(observed: readonly Observed[]): Stage {
  const permitted: Permitted = {kept: observed, usage: [], change: 'rehearsed'};
  return {permitted: async () => permitted};
}

/** The edit: removes some objects, changes the switch of one, and nothing else. */
export function editStage(
  observed: readonly Observed[],
  {removed, changed}: Edit,
  checkRecord: (record: Release) => string[],
): Stage {
  const is = (key: string | undefined) => (one: Observed) => keyOf(one.document) === key;
  const gone = observed.filter(({document}) => removed.includes(keyOf(document)));
  const one = observed.find(is(changed?.key));
  const permitted: Permitted = {
    kept: observed.filter((each) => each !== one && !gone.includes(each)),
    usage: gone,
    change: 'deleted',
    ...(changed && one ? {edited: {one, to: changed.to}} : {}),
  };
  return {permitted: async () => permitted, checkRecord};
}
