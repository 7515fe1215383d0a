import type {IdResult} from '../operations/id.ts';
import type {Status} from '../operations/status.ts';
import type {Word} from '../operations/word.ts';
import {tell} from './print.ts';

/** Tells a no of the cluster, or that it can't be seen whether there is one, before anything else. */
export function tellWord({sentence}: Word): void {
  if (sentence) tell(sentence);
}

/** The same for programs. */
export function wordJson({veto, undetermined}: Word): object {
  return {
    ...(veto ? {veto} : {}),
    ...(undetermined.length > 0 ? {undetermined: undetermined.map(({namespace}) => namespace)} : {}),
  };
}

/** The cluster's ID as programs read it. */
export function idJson({id: {value, origin}, cluster, changed, word, warnings}: IdResult): object {
  return {clusterID: value, origin, cluster, changed, ...wordJson(word), warnings};
}

/** The status of a cluster as programs read it. */
export function statusJson({own: {word, ...own}, ...result}: Status): object {
  return {...result, own: {...own, ...wordJson(word)}};
}
