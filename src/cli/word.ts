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
