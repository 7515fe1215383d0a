// What each command dials: the source of docs/egress.md, and what a test holds the program to.

/** Whom a command may dial. */
export const peers = {
  cluster: {
    name: 'the cluster',
    host: 'the `server` of the kubeconfig’s context or of `--server`; in a pod `KUBERNETES_SERVICE_HOST`. A proxy instead of it where `proxy-url`, or `HTTPS_PROXY` without `NO_PROXY`, says so',
    port: 'of that URL, else 443 (80 for http)',
  },
  collector: {
    name: 'the collector',
    host: '`--url`; without it `seldon-core-stats.seldon.io`, which needs `--allow-http`. A proxy instead of it where the variables say so',
    port: 'of that URL, else 443 (80 for http)',
  },
  dashboard: {
    name: 'a collector’s dashboard',
    host: '`--url` of `stats`; without it `127.0.0.1`',
    port: 'of that URL, else 9090',
  },
  sink: {
    name: 'a sink',
    host: 'each `--also`, and a `--store` that is none of a store; none without them. For `bigquery:` `bigquery.googleapis.com`, and for tokens whom the credentials name, or `169.254.169.254`. A proxy instead of it where the variables say so',
    port: 'of that URL, else 443 (80 for http)',
  },
  gate: {
    name: 'the gate',
    host: '`127.0.0.1`: Helm, a process of the program’s, to the program',
    port: 'any that is free',
  },
} as const;

export type Peer = keyof typeof peers;

const report = 'versions, nodes, the cluster’s ID, and whether it forbids reporting';
const change = {
  cluster: 'the release’s record and objects; the change of them',
  gate: 'what Helm asks of the cluster, which the program checks before it passes it on',
};

/** By the ID of each command whom it dials, and for what; `{}` dials nobody. */
export const egress: Readonly<Record<string, Partial<Record<Peer, string>>>> = {
  collect: {cluster: report},
  completion: {},
  config: {},
  'config:set': {},
  'config:unset': {},
  disable: change,
  enable: change,
  history: {},
  'history:discard': {},
  id: {cluster: 'the cluster’s ID; with `--reset` a new one is written'},
  manifests: {},
  'manifests:send': {},
  'manifests:serve': {},
  send: {cluster: `${report}; a new ID is written once`, collector: 'the report, posted; also what waits from earlier'},
  serve: {sink: 'with `--also`, or a sink as `--store`, alone: the reports that it takes, passed on'},
  'serve:backup': {},
  'serve:check': {},
  'serve:clusters': {},
  'serve:export': {},
  'serve:forget': {},
  'serve:import': {},
  'serve:restore': {},
  show: {cluster: report},
  stats: {dashboard: 'the statistics; with `--store` nobody, where that is a file'},
  status: {cluster: 'releases, their records and live objects; the ID, and whether the cluster forbids reporting'},
  toggle: change,
};

/** The tables of docs/egress.md, by their names. */
export function egressTables(table: (head: string[], rows: string[][]) => string): Record<string, string> {
  const rows = Object.entries(egress).flatMap(([id, dialled]) => {
    const command = `\`${id.replace(':', ' ')}\``;
    const whom = Object.entries(dialled) as [Peer, string][];
    if (whom.length === 0) return [[command, 'nobody', '']];
    return whom.map(([peer, purpose]) => [command, peers[peer].name, purpose]);
  });
  return {
    egress: table(['Command', 'Dials', 'For'], rows),
    peers: table(
      ['Whom', 'Host', 'TCP port'],
      Object.values(peers).map(({name, host, port}) => [name, host, port]),
    ),
  };
}
