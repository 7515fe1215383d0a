// An ID is a cluster's own as long as nobody copies it: a restored backup or a cloned machine does, and a cluster that wants
// to be counted in another's place, or to have another's report left out, can.
import {placeOf} from '../cluster/connection/connection.ts';
import {NotNow} from '../consent/consent.ts';
import {shellWord, shownName} from '../foreign.ts';
import {checkReport, type Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {type HistoryEntry, history, historyBytes} from './history.ts';
import {areTwo, areVouched, haveNodeInCommon, type Traits} from './one-cluster.ts';
import type {Prepared} from './sending.ts';

/** What became of one context; as Member in fleet.ts. */
interface Told<T> {
  readonly context: string;
  readonly result?: T;
  readonly error?: unknown;
  readonly sameAs?: string;
  readonly traits?: Traits;
}

/** A cluster has the ID of another, or nothing shows that it is the same. */
export class CopiedID extends NotNow {
  /** Context of the other. */
  readonly of: string;

  constructor(clusterID: string, context: string, of: string, why: Why) {
    const alone = `One context alone is sent as it is: seldon-usage send --context ${shellWord(context)}`;
    const reset = `give it an ID of its own: seldon-usage id --reset --context ${shellWord(context)}`;
    super(
      'input',
      `The cluster has the ID ${clusterID}, as that of the context ${shownName(of)} has, ${reasons[why]}`,
      {
        suggestions:
          why === 'nothing' ? [alone, `If the ID is the other's, ${reset}`] : [`If it is this one, ${reset}`, alone],
      },
    );
    this.of = of;
  }
}

/** What shows that the two are not one. */
type Why = 'nodes' | 'ConfigMap' | 'nothing';

const copied = 'one of them has it from the other, by a restored backup, a cloned machine or on purpose.';
const reasons: Readonly<Record<Why, string>> = {
  nodes: `and no node in common with it: ${copied}`,
  ConfigMap: `and keeps it in another ConfigMap: ${copied}`,
  nothing: 'and nothing shows whether they are one: no nodes of both are known.',
};

function whyTwo<T>(one: Told<T>, other: Told<T>): Why {
  if (!one.traits || !other.traits) return 'nothing';
  if (haveNodeInCommon(one.traits.nodes, other.traits.nodes) === false) return 'nodes';
  return areTwo(one.traits, other.traits) ? 'ConfigMap' : 'nothing';
}

/** Whether two that keep one ID are one, by their nodes or how they are reached; undefined: nothing shows it. */
export function isShownSame(one: Built, other: Built): boolean | undefined {
  const common = haveNodeInCommon(nodesOf(one.report), nodesOf(other.report));
  const [by, way] = [one.reached?.connection, other.reached?.connection];
  if (common !== undefined || !by || !way) return common;
  return areVouched({ca: by.ca, place: placeOf(by)}, {ca: way.ca, place: placeOf(way)}) || undefined;
}

/** A report that was built, and how its cluster was reached. */
type Built = Pick<Prepared, 'report' | 'reached'>;

/** IDs of the nodes in a report; undefined where it holds none by choice. */
export function nodesOf({nodes}: Report): ReadonlySet<string> | undefined {
  return nodes && new Set(nodes.map(({id}) => id));
}

/**
 * Of contexts with one ID that nothing shows to be of one cluster none is reported but the one whose nodes the last report from
 * here had; where that tells no single one, the one that sent it. Nor is one that is no more like that report, where another
 * context sent it; nor one of which that can't be told, where the other is known and is not read now: it would take its place.
 *
 * @param absent contexts that are known besides
 */
export function refuseCopies<T, M extends Told<T>>(
  members: readonly (M & Told<T>)[],
  reportIn: (result: T) => Report,
  stateDir: string | undefined,
  around: Surroundings,
  absent: readonly Pick<Told<T>, 'context' | 'traits'>[] = [],
): (M | {readonly context: string; readonly error: unknown})[] {
  const read = members.flatMap((member) => (member.result ? [{...member, report: reportIn(member.result)}] : []));
  const last = lastSent(stateDir, around);
  // Another context of the same server, or of a CA that vouches for both, may stand in for one that is away.
  const takesPlace = ({traits}: Told<T>, of: string) => {
    const there = [...members, ...absent].find(({context}) => context === of);
    return there !== undefined && !(traits && there.traits && areVouched(traits, there.traits));
  };
  return members.map((member) => {
    const {context, result} = member;
    if (!result) return member;
    const report = reportIn(result);
    const {clusterID} = report;
    const before = last(clusterID);
    const sent = before !== undefined && contextsOf(context, members).includes(before.context);
    const other = read.find((other) => other.context !== context && other.report.clusterID === clusterID);
    // Most are sent by the context of the last time, and nothing has to be read.
    if (!other && (before === undefined || sent)) return member;
    const known = before?.report();
    const like = (one: Report) => known && haveNodeInCommon(nodesOf(known), nodesOf(one));
    const isLike = like(report);
    if (!other) {
      const why = isLike === false ? 'nodes' : isLike === undefined && takesPlace(member, before!.context) && 'nothing';
      return why ? {context, error: new CopiedID(clusterID, context, before!.context, why)} : member;
    }
    if (isLike === true && like(other.report) !== true) return member;
    if (isLike !== false && sent) return member;
    return {context, error: new CopiedID(clusterID, context, other.context, whyTwo(member, other))};
  });
}

/** Those that lead to the cluster of this one, it among them. */
function contextsOf(context: string, members: readonly Told<unknown>[]): string[] {
  return members.flatMap((one) => (one.context === context || one.sameAs === context ? [one.context] : []));
}

/** What was sent last under an ID from here, and by which context. */
function lastSent(stateDir: string | undefined, around: Surroundings) {
  const entries = new Map<string, HistoryEntry>();
  // What can't be read is not known; who needs the ledger says why.
  for (const entry of orNothing(() => history(stateDir, around).entries) ?? [])
    if (entry.state === 'delivered' && entry.context !== undefined) entries.set(entry.clusterID, entry);
  return (clusterID: string) => {
    const entry = entries.get(clusterID);
    const report = () =>
      orNothing(() => checkReport(JSON.parse(String(historyBytes(entry!.id, stateDir, around)))).report);
    return entry && {context: entry.context!, report};
  };
}

function orNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
