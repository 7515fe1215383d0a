import {hash} from 'node:crypto';
import {type Problem, problemsOf} from './check.ts';
import {type FieldPath, fields} from './fields.ts';
import {cloudProvider} from './provider.ts';
import {canonicalQuantity} from './quantity.ts';
import {isKnownResource} from './resources.ts';
import type {Capacity, Extension, NodeFacts, NodeReport, Report} from './types.ts';
import {builderVersion} from './version.ts';

/** What the user lets out. */
export interface Choices {
  /** `known` (default): well-known resource names only. `all`: every name, as Spartakus does. */
  readonly capacity?: 'known' | 'all';
  /** Optional fields to leave out, by their path in the table of fields. */
  readonly omit?: ReadonlySet<FieldPath>;
}

/** What a report is built from. */
export interface ReportFacts {
  /** UNIX seconds. The library has no clock. */
  readonly timestamp: number;
  readonly clusterID: string;
  /** `gitVersion` of the API server; empty or absent if it is not known. */
  readonly masterVersion?: string;
  /** Each made by `buildNode` with the same choices. */
  readonly nodes?: readonly NodeReport[];
  readonly extensions?: readonly Extension[];
  /** What `version` says; another program that uses this library names itself. */
  readonly version?: string;
}

/** Facts that make no valid report: an ID that is too long, a quantity that is none. `problems` lists all. */
export class InvalidReport extends Error {
  override readonly name = 'InvalidReport';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(`not a valid report: ${problems.map(({path, message}) => `${path || 'report'} ${message}`).join('; ')}`);
    this.problems = problems;
  }
}

/**
 * The report of one node: what the table of fields allows, and nothing else of the node.
 *
 * @throws {InvalidReport} if a quantity of its capacity is none
 */
export function buildNode(node: NodeFacts, choices: Choices = {}): NodeReport {
  return nodeBuilder(choices)(node);
}

/**
 * A function that does as `buildNode`, for many nodes: those whose `capacity` is one and the same object, which must not
 * change then, get one and the same list.
 */
export function nodeBuilder({capacity = 'known', omit}: Choices = {}): (node: NodeFacts) => NodeReport {
  const built = new WeakMap<object, Capacity[]>();
  const entriesOf = (quantities: NodeFacts['capacity']) => {
    const known = built.get(quantities);
    if (known) return known;
    const entries = buildCapacity(quantities, capacity);
    built.set(quantities, entries);
    return entries;
  };
  return (node) => reportOf(node, omit, entriesOf);
}

function reportOf(
  node: NodeFacts,
  omit: Choices['omit'],
  entriesOf: (quantities: NodeFacts['capacity']) => Capacity[],
): NodeReport {
  const {nodeInfo} = node;
  const report: NodeReport = {id: nodeID(node)};
  const put = (field: Exclude<keyof NodeReport, 'id' | 'capacity'>, value: string) => {
    // The path is only put together where something is left out.
    if (value !== '' && !(omit?.size && omit.has(`nodes.${field}`))) report[field] = value;
  };
  put('operatingSystem', nodeInfo.operatingSystem);
  put('osImage', nodeInfo.osImage);
  put('kernelVersion', nodeInfo.kernelVersion);
  put('architecture', nodeInfo.architecture);
  put('containerRuntimeVersion', nodeInfo.containerRuntimeVersion);
  put('kubeletVersion', nodeInfo.kubeletVersion);
  put('cloudProvider', cloudProvider(node.providerID));
  if (!omit?.has('nodes.capacity')) {
    const entries = entriesOf(node.capacity);
    if (entries.length > 0) report.capacity = entries;
  }
  return report;
}

/** Spartakus' node ID: hex md5 of name, machine ID and system UUID, one after the other. */
function nodeID({name, nodeInfo}: NodeFacts): string {
  return hash('md5', name + nodeInfo.machineID + nodeInfo.systemUUID, 'hex');
}

/** Whether the node's ID could be guessed from its name, because the node says nothing else that goes into it. */
export function isGuessable({nodeInfo}: NodeFacts): boolean {
  return nodeInfo.machineID === '' && nodeInfo.systemUUID === '';
}

/** Names of the node's resources that `buildNode` with `--capacity known` keeps back. */
export function withheldResources(node: NodeFacts): string[] {
  return Object.keys(node.capacity).filter((resource) => !isKnownResource(resource));
}

function buildCapacity(quantities: NodeFacts['capacity'], which: 'known' | 'all'): Capacity[] {
  const entries: Capacity[] = [];
  for (const resource of Object.keys(quantities).sort(bytewise)) {
    if (which === 'known' && !isKnownResource(resource)) continue;
    try {
      entries.push({resource, value: canonicalQuantity(quantities[resource] ?? '')});
    } catch (error) {
      throw new InvalidReport([{path: `nodes.capacity.${resource}`, message: (error as Error).message}]);
    }
  }
  return entries;
}

/** The order of the strings' UTF-8 bytes, which is Go's: that of code points, so surrogates come after all else. */
function bytewise(a: string, b: string): number {
  const length = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xAstral = isSurrogate(x);
    const yAstral = isSurrogate(y);
    return xAstral === yAstral ? x - y : xAstral ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/**
 * The whole report, in the order in which Go emits it, checked by the same table that receivers use.
 *
 * @throws {InvalidReport} if the facts make no valid report
 */
export function buildReport(facts: ReportFacts, {omit}: Choices = {}): Report {
  const report: Report = {
    version: facts.version ?? builderVersion,
    timestamp: String(facts.timestamp),
    clusterID: facts.clusterID,
  };
  if (facts.masterVersion && !omit?.has('masterVersion')) report.masterVersion = facts.masterVersion;
  if (facts.nodes?.length && !omit?.has('nodes')) report.nodes = facts.nodes as NodeReport[];
  if (facts.extensions?.length && !omit?.has('extensions')) report.extensions = facts.extensions as Extension[];
  const problems = problemsOf(report);
  if (problems.length > 0) throw new InvalidReport(problems);
  return report;
}

/** Whether `path` names a field that a report can do without. */
export function isOptionalField(path: string): path is FieldPath {
  return fields.some((field) => field.path === path && !field.required);
}
