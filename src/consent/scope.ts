import {clean} from '../foreign.ts';
import {fields, fieldsWithout, isKnownResource, type Report} from '../report/index.ts';

/**
 * How much a report may hold, whatever it happens to hold: which fields, which resource names, which extensions. A node more,
 * or the first one with a GPU, is content and no wider scope.
 */
export interface Scope {
  /** Version of the program whose bytes were agreed to. */
  readonly version: string;
  /** Paths of the table's fields that are not left out. */
  readonly fields: readonly string[];
  readonly capacity: 'known' | 'all';
  /** Keys that the user adds; the version of Seldon Core is the program's own, and there where Seldon Core is. */
  readonly extensions: readonly string[];
}

const ownExtension = 'seldon-core-version';

/** The scope of a report that was built with these choices. */
export function scopeOf(
  report: Report,
  {omit, capacity}: {readonly omit: Iterable<string>; readonly capacity: 'known' | 'all'},
): Scope {
  const extensions = (report.extensions ?? []).map(({name}) => name).filter((name) => name !== ownExtension);
  return {version: report.version, fields: fieldsWithout(omit), capacity, extensions: extensions.sort()};
}

/** The scope of a report whose choices are not known: what no part of it has counts as left out. */
export function scopeOfFile(report: Report): Scope {
  const nodes = report.nodes ?? [];
  const resources = nodes.flatMap(({capacity = []}) => capacity.map(({resource}) => resource));
  return scopeOf(report, {
    omit: fields.map(({path}) => path).filter((path) => !holds(report, path)),
    capacity: resources.every((name) => isKnownResource(name)) ? 'known' : 'all',
  });
}

/** Whether a report has a field of the table; of a part of a list, whether any member has it. */
function holds(report: Report, path: string): boolean {
  const [first = '', second] = path.split('.');
  if (second === undefined || first !== 'nodes') return Object.hasOwn(report, first);
  return (report.nodes ?? []).some((node) => Object.hasOwn(node, second));
}

/**
 * What is kept as agreed to once a report was: fields that were not agreed to before, and that this one could hold but does
 * not, nobody has seen yet. Where nothing was agreed to before, its whole scope.
 */
export function agreedWith(before: Scope | undefined, now: Scope, report: Report): Scope {
  if (!before) return now;
  return {...now, fields: now.fields.filter((path) => before.fields.includes(path) || holds(report, path))};
}

/**
 * What of `now` goes beyond what was agreed to, a clause each; none where nothing was agreed to yet.
 *
 * @param report the report itself: a field that it could hold but does not is no more than before
 */
export function widerThan(agreed: Scope | undefined, now: Scope, report?: Report): string[] {
  if (!agreed) return [];
  const added = now.fields.filter((path) => !agreed.fields.includes(path) && (!report || holds(report, path)));
  // Of a list and what is in it only the list is named.
  const named = added.filter((path) => !added.some((other) => path.startsWith(`${other}.`)));
  const extensions = now.extensions.filter((name) => !agreed.extensions.includes(name));
  return [
    ...named.map((path) => `the field ${path}`),
    ...(agreed.capacity === 'known' && now.capacity === 'all' ? ['resources whose names are not well known'] : []),
    ...extensions.map((name) => `the extension ${clean(name, 80)}`),
  ];
}
