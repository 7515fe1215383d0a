import {type Extension, isKnownResource, type NodeReport, type Report} from '../report/index.ts';

/** Extensions that are kept: what Seldon's own documentation reports. Any other could hold anything. */
const knownExtensions: ReadonlySet<string> = new Set(['seldon-core-version']);

/** A report without what must not be stored. */
export interface Kept {
  readonly report: Report;
  /** Number of entries dropped; their names are not kept, because a name can identify its owner. */
  readonly droppedResources: number;
  readonly droppedExtensions: number;
}

/** Drops resources and extensions outside the library's tables. Other volunteers send them. */
export function keepKnown(report: Report): Kept {
  const {nodes = [], extensions = []} = report;
  // Nearly always there is nothing to be dropped, and the report is kept as it is.
  const [dropsResources, dropsExtensions] = [!nodes.every(hasKnownAlone), !extensions.every(isKnownExtension)];
  if (!dropsResources && !dropsExtensions) return {report, droppedResources: 0, droppedExtensions: 0};
  const known = nodes.map(withKnown);
  const keptExtensions = extensions.filter(isKnownExtension);
  return {
    report: {
      ...report,
      ...(dropsResources ? {nodes: known} : {}),
      ...(dropsExtensions ? {extensions: keptExtensions} : {}),
    },
    droppedResources: resourcesOf(nodes) - resourcesOf(known),
    droppedExtensions: extensions.length - keptExtensions.length,
  };
}

function hasKnownAlone({capacity}: NodeReport): boolean {
  return capacity === undefined || capacity.every(isKnown);
}

function withKnown(node: NodeReport): NodeReport {
  return hasKnownAlone(node) ? node : {...node, capacity: node.capacity!.filter(isKnown)};
}

function isKnown({resource}: {readonly resource: string}): boolean {
  return isKnownResource(resource);
}

function resourcesOf(nodes: readonly NodeReport[]): number {
  return nodes.reduce((sum, {capacity = []}) => sum + capacity.length, 0);
}

function isKnownExtension({name}: Extension): boolean {
  return knownExtensions.has(name);
}
