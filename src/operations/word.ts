import type {Stored, Undetermined} from '../cluster/stored-id.ts';
import type {Veto} from '../cluster/veto.ts';
import {wordSentence} from '../consent/consent.ts';

/** The cluster's own word on reports of it. */
export interface Word {
  /** Its no; absent: there is none where it was looked. */
  readonly veto?: Veto;
  /** Where it can't be seen whether there is one, so that nothing may be sent. */
  readonly undetermined: readonly Undetermined[];
  /** Namespaces in which it was looked for. */
  readonly places: readonly string[];
  /** Those of them that have the ConfigMap in which it would stand. */
  readonly present: readonly string[];
  /** What a person is told of it before anything else; absent where nothing stands in the way. */
  readonly sentence?: string;
}

/** What the cluster's ConfigMaps say of reports. */
export function wordOf({veto, undetermined, places, present}: Omit<Stored, 'searched'>): Word {
  const sentence = wordSentence({veto, undetermined});
  return {...(veto ? {veto} : {}), undetermined, places, present, ...(sentence ? {sentence} : {})};
}
