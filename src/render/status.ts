import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import type {LiveState, ReleaseStatus} from '../helm/release-status.ts';
import type {LooseOperator} from '../helm/without-release.ts';
import type {OwnSide} from '../operations/own-side.ts';
import type {Status} from '../operations/status.ts';
import {core2Sections} from './core2.ts';
import {ownerText, type Row, time} from './rows.ts';
import {labelled, originOfID, originOfSetting} from './show.ts';
import {bytes, count, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** Columns of the longest label. */
const longest = 16;

/** Whether the cluster reports, since when and who decides, for people. */
export function renderStatus(status: Status, width: number, style: ChalkInstance): string {
  const {cluster, releases, operators, seldonCore2, unreadable, helm, own} = status;
  const nothing = releases.length === 0 && operators.length === 0 && !seldonCore2;
  const sections = [
    ...(own.word.sentence ? [wrap('', style.bold(own.word.sentence), width).join('\n')] : []),
    section('Cluster', [
      ['Context', clean(cluster.context)],
      ['Server', clean(cluster.server)],
      ['User', clean(cluster.user)],
      ...(nothing ? [['Seldon Core', 'none was found'] as const] : []),
      ...(unreadable.length > 0
        ? [['Not readable', `${unreadable.map((what) => clean(what)).join(', ')}: there may be more`] as const]
        : []),
    ]),
    ...releases.map((release) =>
      section(`Release ${clean(`${release.namespace}/${release.name}`)}`, releaseRows(release, style)),
    ),
    ...operators.map((operator) =>
      section(`Operator ${clean(`${operator.namespace}/${operator.name}`)}`, operatorRows(operator)),
    ),
    ...(seldonCore2
      ? core2Sections(seldonCore2, style, own.word.veto).map(([title, rows]) => section(title, rows))
      : []),
    section('This tool', ownRows(own, helm)),
  ];
  return `${sections.join('\n\n')}\n`;

  function section(title: string, rows: readonly Row[]): string {
    return [
      ...wrap('', style.bold(title), width, 'keep'),
      ...rows.flatMap(([label, value, ...lines]) => [
        ...labelled(label, value, longest, width),
        ...lines.map((line) => `    ${line}`),
      ]),
    ].join('\n');
  }
}

function releaseRows(release: ReleaseStatus, style: ChalkInstance): Row[] {
  const {value, documents, lastChange, owner, era, warnings} = release;
  const head: Row = [
    'Chart',
    clean(`${release.chart}, revision ${release.revision}, ${release.status}, ${time(release.deployed)}`),
  ];
  if (!value) return [head, ['Usage metrics', 'this chart has none']];
  return [
    head,
    ['Usage metrics', value.on ? style.yellow('on') : style.green('off')],
    ['Your value', value.user === undefined ? `${value.path} is not set` : `${value.path}: ${value.user}`],
    ["Chart's default", String(value.default ?? 'none')],
    ['In the manifest', documents.length === 0 ? 'no usage objects' : counted(documents.length, 'usage object')],
    ['In the cluster', liveText(release)],
    [
      'Would send',
      value.on
        ? `nothing that arrives: ${era.broken.join('; ')}. Where it does run: ${era.sends.join('; ')}`
        : 'nothing',
    ],
    [
      'Changed',
      lastChange
        ? `${lastChange.atLeast ? 'in or before' : 'in'} revision ${lastChange.revision}, ${time(lastChange.time)}: ${clean(lastChange.description)}`
        : 'unknown',
    ],
    [
      'Decided by',
      ...(owner ? ownerText(owner) : (['whoever runs Helm: seldon-usage enable and disable change it'] as const)),
    ],
    ...warnings.map((warning): Row => ['Warning', style.yellow(warning)]),
  ];
}

function liveText({live, volunteer}: ReleaseStatus): string {
  if (live.length === 0) return 'no usage objects';
  const counts = (['there', 'missing', 'unreadable'] as const).flatMap((state) => {
    const found = live.filter((object) => object.state === state).length;
    return found > 0 ? [`${found} ${state}`] : [];
  });
  const deployment = live.find(
    (object): object is LiveState & {since: string} => object.ready !== undefined && object.since !== undefined,
  );
  const since = deployment ? ` since ${time(deployment.since)}` : '';
  return `${counts.join(', ')}; the volunteer is ${volunteer}${volunteer === 'absent' || volunteer === 'unreadable' ? '' : since}`;
}

function operatorRows({version, installedBy, release, owner}: LooseOperator): Row[] {
  return [
    ['Version', clean(version ?? 'unknown')],
    ['Installed by', release ? `Helm, as the release ${clean(release)}, whose record can't be read` : installedBy],
    [
      'Usage metrics',
      ...(owner && !release ? ownerText(owner) : ([release ? 'unknown' : 'there is no Helm value to change'] as const)),
    ],
  ];
}

function ownRows({switchedOffBy, word, clusterID, destination, last, waiting}: OwnSide, helm: Status['helm']): Row[] {
  return [
    [
      'Sending',
      switchedOffBy
        ? `switched off by ${switchedOffBy}`
        : word.veto
          ? `forbidden by the ConfigMap seldon-usage in ${clean(word.veto.namespace)}, which says ${word.veto.says}`
          : word.undetermined.length > 0
            ? 'impossible until it can be seen whether the cluster forbids it'
            : 'only when you run seldon-usage send and agree',
    ],
    ['Cluster ID', `${clusterID.value}${originOfID(clusterID)}`],
    ['Destination', `${clean(destination.name)} (${originOfSetting({value: '', origin: destination.origin})})`],
    [
      'Last report',
      last ? `${time(last.time)}, ${bytes(last.bytes)} to ${clean(last.destination)}` : 'none was sent from here',
    ],
    ...(waiting.length > 0
      ? [
          [
            'Waiting',
            `${counted(waiting.length, 'report')}${ofOthers(waiting, clusterID.value)} since ${time(waiting[0]!.time)}; seldon-usage send --pending sends them, history discard removes one`,
          ] as const,
        ]
      : []),
    ['Helm', helm ? clean(`${helm.version}, ${helm.path}`) : 'none was found in PATH; --helm names one'],
  ];
}

/** The outbox is the user's, not the cluster's; an ID that was replaced is another one too. */
function ofOthers(waiting: OwnSide['waiting'], clusterID: string): string {
  const others = waiting.filter((entry) => entry.clusterID !== clusterID).length;
  if (others === 0) return '';
  return others === waiting.length ? ' with another cluster ID' : ` (${count(others)} with another cluster ID)`;
}
