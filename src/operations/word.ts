import type {Stored, Undetermined} from '../cluster/stored-id.ts';
import type {Veto} from '../cluster/veto.ts';
import {wordSentence} from '../consent/consent.ts';
import {UserError} from '../errors.ts';

/** The cluster's own word on reports of it. */
export interface Word {
  /** Its no; absent: there is none where it was looked. */
  readonly veto?: Veto;
  /** Where it can't be seen whether there is one, so that nothing may be sent. */
  readonly undetermined: readonly Undetermined[];
  /** Namespaces in which it was looked for. */
  readonly places: readonly string[];
  /** Those of them where it could not be looked. */
  readonly unreadable: readonly string[];
  /** Those of them that have the ConfigMap in which it would stand. */
  readonly present: readonly string[];
  /** By such a namespace the UID of its ConfigMap, which no other has. */
  readonly uids: Readonly<Record<string, string>>;
  /** The ID that the cluster keeps. */
  readonly clusterID?: string;
  /** What a person is told of it before anything else; absent where nothing stands in the way. */
  readonly sentence?: string;
}

/** What the cluster's ConfigMaps say of reports. */
export function wordOf({veto, undetermined, clusterID, ...where}: Omit<Stored, 'searched'>): Word {
  const {places, unreadable, present, uids} = where;
  const sentence = wordSentence({veto, undetermined});
  return {
    ...(veto ? {veto} : {}),
    undetermined,
    ...{places, unreadable, present, uids},
    ...(clusterID === undefined ? {} : {clusterID}),
    ...(sentence ? {sentence} : {}),
  };
}

/** What failed, told after what the cluster says of reports: whatever else is wrong, a no comes first. */
export function afterWord({sentence}: Word, error: unknown): unknown {
  if (sentence === undefined || !(error instanceof UserError)) return error;
  const {code, message, suggestions} = error;
  return new UserError(code, `${sentence} ${message}`, {suggestions, cause: error});
}
