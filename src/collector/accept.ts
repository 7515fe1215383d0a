import {clean} from '../foreign.ts';
import {checkKnownFields, type Problem} from '../report/index.ts';
import {clusterKey, oneSpelling} from './cluster-key.ts';
import {clusterFacts} from './facts.ts';
import {keepKnown} from './keep.ts';
import {parseJson} from './parse-json.ts';
import type {Accepted} from './store/contract.ts';

/** A report on its way to the store, or why it can't go there: a reason to count by and a message for the sender. */
export type Judged =
  | {
      readonly accepted: Accepted;
      readonly droppedFields: number;
      readonly droppedResources: number;
      readonly droppedExtensions: number;
    }
  | {readonly accepted?: undefined; readonly reason: 'not-json' | 'not-a-report'; readonly message: string};

/** Problems told to the sender; the rest is told as a number. */
const mostTold = 10;

/**
 * Judges the body of a request. What is stored is encoded anew from what was checked, never the bytes received: JSON
 * can hide things from its parser, such as a key that comes twice. The check has taken out every key that is not in
 * the table (a tool may be newer than its collector), so that the whole value may be encoded, at half the cost of
 * `encodeReport`.
 *
 * @param received the server's own time, milliseconds
 */
export function accept(body: Buffer, received: number): Judged {
  const parsed = parseJson(body);
  if (parsed.fault !== undefined) return {reason: 'not-json', message: `failed to decode record: ${parsed.fault}`};
  const {report, problems, dropped} = checkKnownFields(parsed.value);
  if (!report) return {reason: 'not-a-report', message: `failed to decode record: ${listed(problems)}`};
  const kept = keepKnown(report);
  // An ID that is a UUID is in one spelling here too: `forget` and whoever reads the store find it by that.
  const clusterID = oneSpelling(report.clusterID);
  const stored = clusterID === report.clusterID ? kept.report : {...kept.report, clusterID};
  return {
    accepted: {
      kind: 'spartakus',
      cluster: clusterKey(report.clusterID),
      received,
      body: JSON.stringify(stored),
      facts: clusterFacts(kept.report),
    },
    droppedFields: dropped,
    droppedResources: kept.droppedResources,
    droppedExtensions: kept.droppedExtensions,
  };
}

function listed(problems: readonly Problem[]): string {
  const told = problems.slice(0, mostTold).map(({path, message}) => clean(`${path || 'it'} ${message}`, 200));
  const more = problems.length - told.length;
  return `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
