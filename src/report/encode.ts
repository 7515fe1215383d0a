import {fieldName, fieldsOf} from './fields.ts';
import type {Extension, NodeReport, Report} from './types.ts';

const topLevel = fieldsOf('').map(({path}) => fieldName(path)) as (keyof Report)[];
const ofNode = fieldsOf('nodes').map(({path}) => fieldName(path)) as (keyof NodeReport)[];

/**
 * The report as JSON text, in the order in which Go emits the fields, empty optional ones left out. What is not in the
 * table of fields is not encoded, whatever the object holds.
 *
 * @param indent spaces a level; 0 (default) is the form that is sent
 */
export function encodeReport(report: Report, indent = 0): string {
  if (indent > 0) return JSON.stringify(JSON.parse(encodeReport(report)), null, indent);
  const members: string[] = [];
  for (const key of topLevel) {
    const value = report[key];
    if (value !== undefined && value.length > 0) members.push(`"${key}":${encodeMember(key, value)}`);
  }
  return `{${members.join(',')}}`;
}

/** Lists item by item: an ordered copy of a large cluster's whole report would be the most memory that is ever needed. */
function encodeMember(key: keyof Report, value: string | NodeReport[] | Extension[]): string {
  if (key === 'nodes') return `[${(value as NodeReport[]).map(encodeNode).join(',')}]`;
  if (key === 'extensions') return JSON.stringify((value as Extension[]).map(({name, value}) => ({name, value})));
  return JSON.stringify(value);
}

function encodeNode(node: NodeReport): string {
  const ordered: Record<string, unknown> = {};
  for (const key of ofNode) {
    const value = node[key];
    if (value === undefined || value.length === 0) continue;
    ordered[key] = key === 'capacity' ? node.capacity!.map(({resource, value}) => ({resource, value})) : value;
  }
  return JSON.stringify(ordered);
}
