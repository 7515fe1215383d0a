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
  let droppedResources = 0;
  const nodes = report.nodes?.map((node) => {
    const {capacity} = node;
    if (!capacity || capacity.every(({resource}) => isKnownResource(resource))) return node;
    const known = capacity.filter(({resource}) => isKnownResource(resource));
    droppedResources += capacity.length - known.length;
    return {...node, capacity: known} satisfies NodeReport;
  });
  const extensions = report.extensions?.filter(isKnownExtension);
  return {
    report: {...report, ...(nodes ? {nodes} : {}), ...(extensions ? {extensions} : {})},
    droppedResources,
    droppedExtensions: (report.extensions?.length ?? 0) - (extensions?.length ?? 0),
  };
}

function isKnownExtension({name}: Extension): boolean {
  return knownExtensions.has(name);
}
