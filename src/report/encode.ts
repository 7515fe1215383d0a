import {fieldName, fieldsOf} from './fields.ts';
import type {Capacity, Extension, NodeReport, Report} from './types.ts';

const topLevel = fieldsOf('').map(({path}) => fieldName(path)) as (keyof Report)[];
const ofNode = fieldsOf('nodes').map(({path}) => fieldName(path)) as (keyof NodeReport)[];

/** UTF-16 code units after which a part of a report ends: enough to be worth a write, and no burden to hold. */
const partLength = 64 * 1024;

/**
 * The report as JSON text, in the order in which Go emits the fields, empty optional ones left out. What is not in the
 * table of fields is not encoded, whatever the object holds.
 *
 * @param indent spaces a level; 0 (default) is the form that is sent
 */
export function encodeReport(report: Report, indent = 0): string {
  const text = [...encodeReportParts(report)].join('');
  return indent > 0 ? JSON.stringify(JSON.parse(text), null, indent) : text;
}

/**
 * The text of `encodeReport(report)` in parts of about 64 KiB: the text of a large cluster, whole and as bytes, would be
 * the most memory that is ever needed (of 5,000 nodes 14 MB).
 */
export function* encodeReportParts(report: Report): Generator<string, void> {
  let part: string[] = [];
  let length = 0;
  for (const piece of pieces(report)) {
    part.push(piece);
    length += piece.length;
    if (length < partLength) continue;
    yield part.join('');
    part = [];
    length = 0;
  }
  yield part.join('');
}

function* pieces(report: Report): Generator<string, void> {
  let before = '{';
  for (const key of topLevel) {
    const value = report[key];
    if (value === undefined || value.length === 0) continue;
    yield `${before}"${key}":`;
    before = ',';
    if (key === 'nodes') yield* list(value as NodeReport[], nodeEncoder());
    else if (key === 'extensions') yield* list(value as Extension[], encodeExtension);
    else yield JSON.stringify(value);
  }
  yield before === '{' ? '{}' : '}';
}

function* list<T>(items: readonly T[], encode: (item: T) => string): Generator<string, void> {
  let before = '[';
  for (const item of items) {
    yield before + encode(item);
    before = ',';
  }
  yield ']';
}

/** A large cluster has few kinds of nodes; where each is of its own kind, more would only take memory. */
const mostKept = 1000;

/** Encodes the nodes of one report: a list that several have (`nodeBuilder` makes it so) once for all of them. */
function nodeEncoder(): (node: NodeReport) => string {
  const known = new Map<readonly Capacity[], string>();
  return (node) =>
    encodeNode(node, (entries) => {
      const before = known.get(entries);
      if (before !== undefined) return before;
      const text = encodeCapacity(entries);
      if (known.size < mostKept) known.set(entries, text);
      return text;
    });
}

/** Put together by hand: an ordered copy for JSON.stringify costs twice the time and most of the garbage. */
function encodeNode(node: NodeReport, capacity: (entries: readonly Capacity[]) => string): string {
  // Joined: a text that grows by `+=` is a tree of pieces, all of them garbage.
  const out: string[] = [];
  for (const key of ofNode) {
    const value = node[key];
    if (value === undefined || value.length === 0) continue;
    out.push(out.length === 0 ? '{"' : ',"', key, '":');
    if (typeof value === 'string') out.push(JSON.stringify(value));
    else out.push(capacity(value));
  }
  return out.length === 0 ? '{}' : `${out.join('')}}`;
}

function encodeCapacity(entries: readonly Capacity[]): string {
  const out: string[] = [];
  let before = '[{"resource":';
  for (const {resource, value} of entries) {
    out.push(before, JSON.stringify(resource), ',"value":', JSON.stringify(value), '}');
    before = ',{"resource":';
  }
  return `${out.join('')}]`;
}

function encodeExtension({name, value}: Extension): string {
  return `{"name":${JSON.stringify(name)},"value":${JSON.stringify(value)}}`;
}
