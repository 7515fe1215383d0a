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
  return JSON.stringify(ordered(report), null, indent);
}

function ordered(report: Report): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const key of topLevel) {
    const value = report[key];
    if (value === undefined || value.length === 0) continue;
    if (key === 'nodes') out[key] = (value as NodeReport[]).map(orderedNode);
    else if (key === 'extensions') out[key] = (value as Extension[]).map(({name, value}) => ({name, value}));
    else out[key] = value;
  }
  return out;
}

function orderedNode(node: NodeReport): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const key of ofNode) {
    const value = node[key];
    if (value === undefined || value.length === 0) continue;
    out[key] = key === 'capacity' ? node.capacity!.map(({resource, value}) => ({resource, value})) : value;
  }
  return out;
}
