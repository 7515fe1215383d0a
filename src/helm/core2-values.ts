import {isObject} from '../foreign.ts';
import {levels} from '../report/hodometer/properties.ts';
import {isRawNumber} from './exact-json.ts';
import type {Chart} from './record.ts';
import type {HasValues} from './usage.ts';

/** The charts of Seldon Core 2 that decide on Hodometer: the first up to 2.5, the second from 2.6 on. */
export const core2Charts: readonly string[] = ['seldon-core-v2-setup', 'seldon-core-v2-runtime'];

/** A value of a release that concerns Hodometer. Texts are not shown but said to be there: they may be anything. */
export interface Core2Value {
  readonly path: string;
  /** What counts: the user's, else the chart's default. */
  readonly effective: boolean | number | string;
  /** Whether the user set it. */
  readonly set: boolean;
}

const keys: Record<string, readonly string[]> = {
  'seldon-core-v2-setup': ['enabled', 'metricsLevel', 'extraPublishUrls'],
  'seldon-core-v2-runtime': ['disable', 'replicas'],
};

/** What a release sets, or leaves at the chart's default, for Hodometer. */
export function core2Values({chart, config}: HasValues & {readonly chart: Chart}): Core2Value[] {
  const [defaults, own] = [object(chart.values?.hodometer), object(config?.hodometer)];
  return (keys[chart.metadata.name] ?? []).flatMap((key) => {
    const set = Object.hasOwn(own, key);
    const value = set ? own[key] : defaults[key];
    return value === undefined || value === null ? [] : [{path: `hodometer.${key}`, effective: shown(value), set}];
  });
}

/** Whether `hodometer.enabled` of the set-up chart is the switch: up to 2.5. */
export function isSetupWithSwitch({chart: {metadata}}: {readonly chart: Pick<Chart, 'metadata'>}): boolean {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})\./.exec(metadata.version) ?? [];
  return metadata.name === 'seldon-core-v2-setup' && major === '2' && Number(minor) <= 5;
}

function object(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

/** The levels are no secret; whatever else is a text could be one. */
function shown(value: unknown): boolean | number | string {
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (typeof value !== 'string') return 'something else';
  if (value === '') return 'none';
  return levels.find((level) => level === value.toLowerCase()) ?? 'set';
}
