import {equalJson, isRawNumber} from '../exact-json.ts';
import type {Chart, Release} from '../record.ts';

/** What of a revision must be as planned; the rest is its status and what only one of the two Helms writes. */
function parts({name, namespace, version, chart, config, manifest, hooks}: Release): Record<string, unknown> {
  return {
    name,
    namespace,
    version,
    ...chartParts(chart),
    config: config ?? {},
    manifest,
    hooks: (hooks ?? []).map(hookParts),
  };
}

/** Times of files are Helm 4's alone; of the metadata only these matter to anybody, and each Helm knows some others. */
function chartParts({metadata, templates, files, values, schema}: Chart): Record<string, unknown> {
  const filesOf = (list: Chart['files']) => (list ?? []).map(({name, data}) => ({name, data: data ?? ''}));
  return {
    'name and version of its chart': [metadata.name, metadata.version],
    'the annotations of its chart': metadata.annotations ?? {},
    'the templates of its chart': filesOf(templates),
    'the files of its chart': filesOf(files),
    "the chart's values": values ?? {},
    "the chart's schema": schema ?? '',
  };
}

function hookParts({name, kind, path, manifest}: NonNullable<Release['hooks']>[number]): Record<string, string> {
  return {name, kind, path, manifest};
}

/** Helm reads the numbers of a record as Go's float64, and writes them so: large integers of an old revision are rounded. */
function rounded(value: unknown): unknown {
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, rounded(child)]));
}

function differing(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return Object.keys(before).filter((part) => !equalJson(rounded(before[part]), rounded(after[part])));
}

/** In which parts two revisions differ, of those that no change of status touches. */
export function differingParts(before: Release, after: Release): string[] {
  return differing(parts(before), parts(after));
}

/** In which parts the chart of a new revision is not that of the last. */
export function differingChart(before: Chart, after: Chart): string[] {
  return differing(chartParts(before), chartParts(after));
}
