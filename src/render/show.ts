import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import {padColumns, textWidth} from '../host/text-width.ts';
import type {ClusterID} from '../operations/cluster-id.ts';
import type {Collected} from '../operations/collect.ts';
import type {ShowResult} from '../operations/show.ts';
import type {NodeReport, Report} from '../report/index.ts';
import type {Value} from '../settings.ts';
import {groupNodes, totals} from './node-groups.ts';
import {count, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** What is shown, and what becomes of it (`fate`); without that, that showing sends nothing. */
export type Shown = ShowResult & {readonly fate?: string};

/** Groups of nodes that are shown before the rest is summed up: with the rest of the page, they fit a screen. */
const mostGroups = 6;

/** Columns that a UUID needs: with fewer beside a label, values stand below their labels. */
const narrowest = 36;

/** How nodes are laid out in a terminal of a width. */
export type NodeLayout = (nodes: readonly NodeReport[], width: number) => string;

/**
 * The report for people: where it would go, what it holds, and what was read and stays here.
 *
 * @param allNodes lays out every node, in place of the groups of alike ones
 */
export function renderShow(shown: Shown, width: number, style: ChalkInstance, allNodes?: NodeLayout): string {
  const {report, collected} = shown;
  const nodes = report.nodes ?? [];
  const sections = [
    head(shown, width, style),
    heading(
      style,
      width,
      'Nodes',
      `${totals(nodes)}${collected?.notSent.omitted.includes('nodes') ? ' (left out by --omit)' : ''}`,
    ),
    ...(nodes.length === 0 ? [] : [allNodes ? allNodes(nodes, width) : nodeGroups(nodes, style, width)]),
    ...(report.extensions?.length ? [heading(style, width, 'Extensions'), pairs(report, width)] : []),
    ...(collected ? [heading(style, width, 'Read, and not sent'), notSent(collected, width)] : []),
  ];
  return `${sections.join('\n')}\n`;
}

function head(
  {report, destination, doubts = [], file, collected, fate = 'nothing is sent by showing it'}: Shown,
  width: number,
  style: ChalkInstance,
): string {
  const cluster = collected?.cluster;
  const seldon = report.extensions?.find(({name}) => name === 'seldon-core-version')?.value;
  const rows: [string, string][] = [
    ['Would go to', [`${clean(destination.value)} (${originOfSetting(destination)})`, ...doubts].join('; ')],
    ...(cluster
      ? ([
          [
            'Cluster',
            `context ${clean(cluster.context)}, server ${clean(cluster.server)}, user ${clean(cluster.user)}`,
          ],
        ] as [string, string][])
      : []),
    ...(file ? ([['Report of', clean(file)]] as [string, string][]) : []),
    [
      'Cluster ID',
      collected && !collected.clusterID
        ? 'missing: give one with --cluster-id'
        : `${clean(report.clusterID)}${originOfID(collected?.clusterID)}`,
    ],
    ['Built', `${time(report.timestamp)} by ${clean(report.version)}`],
    ['Kubernetes', report.masterVersion ? clean(report.masterVersion) : 'not in the report'],
    [
      'Seldon Core',
      seldon ? clean(seldon) : `not in the report${collected?.noSeldonVersion ? `: ${collected.noSeldonVersion}` : ''}`,
    ],
  ];
  const title = `${style.bold('Usage report')}${style.dim(`: ${fate}`)}`;
  const no = collected?.word?.sentence;
  return [
    ...wrap('', title, width),
    ...(no ? wrap('  ', style.bold(no), width) : []),
    ...rows.flatMap(([label, value]) => labelled(label, value, 13, width)),
  ].join('\n');
}

/** A value behind its label, or below it where both have no room on a line. */
export function labelled(
  label: string,
  value: string,
  longest: number,
  width: number,
  long: 'break' | 'keep' = 'keep',
): string[] {
  if (width - longest - 2 < narrowest) return [...wrap('  ', label, width), ...wrap('    ', value, width, long)];
  return wrap(`  ${padColumns(label, longest)}`, value, width, long);
}

function heading(style: ChalkInstance, width: number, title: string, value = ''): string {
  return ['', ...wrap('', `${style.bold(title)}${value && `  ${value}`}`, width)].join('\n');
}

/** Where a setting's value comes from. */
export function originOfSetting({origin}: Value): string {
  return {
    flag: 'given by a flag',
    variable: 'from the environment',
    file: 'from your settings',
    default: "the default of Seldon's charts",
  }[origin];
}

/** Where a cluster's ID comes from, in brackets. */
export function originOfID(id: ClusterID | undefined): string {
  if (!id) return '';
  const {origin} = id;
  if (origin.from === 'cluster') return ` (kept in the cluster: ConfigMap seldon-usage in ${clean(origin.namespace)})`;
  if (origin.from !== 'local') return ` (${originOfSetting({value: '', origin: origin.from})})`;
  if (!origin.path) return ' (made now, and not kept)';
  return origin.isNew ? ` (made now, kept in ${clean(origin.path, 500)})` : ` (kept in ${clean(origin.path, 500)})`;
}

/** UNIX seconds as a date; the text itself where it is none. */
function time(timestamp: string): string {
  const date = new Date(Number(timestamp) * 1000);
  return Number.isNaN(date.getTime()) ? clean(timestamp) : date.toISOString().replace('.000Z', 'Z');
}

function nodeGroups(nodes: readonly NodeReport[], style: ChalkInstance, width: number): string {
  const groups = groupNodes(nodes);
  const shown = groups.slice(0, groups.length === mostGroups + 1 ? groups.length : mostGroups);
  const digits = count(shown[0]?.nodes ?? 0).length;
  const lines = shown.flatMap(({nodes, lines: [first = '', ...others]}) => [
    ...wrap(`${count(nodes).padStart(digits)} × `, first, width),
    ...others.flatMap((line) => wrap(' '.repeat(digits + 3), line, width).map((text) => style.dim(text))),
  ]);
  const rest = groups.slice(shown.length);
  if (rest.length > 0) {
    const nodes = rest.reduce((sum, group) => sum + group.nodes, 0);
    const text = `and ${counted(nodes, 'node')} in ${counted(rest.length, 'further group')}; --all-nodes lists every node`;
    lines.push(...wrap('  ', text, width));
  }
  return lines.join('\n');
}

function pairs({extensions = []}: Report, width: number): string {
  const longest = Math.min(Math.max(...extensions.map(({name}) => textWidth(clean(name, 320)))), 40) + 2;
  return extensions
    .flatMap(({name, value}) => {
      const label = clean(name, 320);
      return textWidth(label) > longest - 2
        ? [...wrap('  ', label, width), ...wrap('    ', clean(value, 500), width)]
        : labelled(label, clean(value, 500), longest, width, 'break');
    })
    .join('\n');
}

function notSent(
  {notSent: {hashedNodes, guessableNodes, withheld, omitted, unknownThen}, warnings, wider}: Collected,
  width: number,
): string {
  const lines: string[] = [];
  const say = (text: string) => lines.push(...wrap('  ', text, width));
  if (hashedNodes > 0)
    say(`Names, machine IDs and system UUIDs of ${counted(hashedNodes, 'node')}: hashed together into nodes.id.`);
  if (guessableNodes > 0) {
    say(
      `Note: ${counted(guessableNodes, 'node')} ${guessableNodes === 1 ? 'has' : 'have'} neither machine ID nor system UUID, so the hash could be guessed from the name. --omit nodes leaves the nodes out.`,
    );
  }
  if (withheld.length > 0) {
    const names = withheld.map(({resource, nodes}) => `${clean(resource, 120)} (${counted(nodes, 'node')})`);
    say(`Resources whose names are not well known: ${names.join(', ')}. --capacity all includes them.`);
  }
  if (omitted.length > 0) say(`Fields left out by --omit: ${omitted.join(', ')}.`);
  if (unknownThen.length > 0)
    say(
      `Fields that are newer than the last report that was agreed to: ${unknownThen.join(', ')}. --accept-wider includes them.`,
    );
  if (lines.length === 0) say('Nothing.');
  if (wider.length > 0) say(`Wider than the last report that was agreed to for this cluster: ${wider.join(', ')}.`);
  for (const warning of warnings) say(`Warning: ${warning}`);
  return lines.join('\n');
}
