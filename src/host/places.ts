import {runFolderPrefix} from './run-folder.ts';

/** Where a place lies: a directory of this program, or a file that the user names. */
export type Root = 'state' | 'config' | 'cache' | 'data' | 'temporary' | 'named';

/** What is written at one place. */
export interface Place {
  readonly root: Root;
  /** Below its root. Words in capitals stand for one name or part of it, `…` for anything below. */
  readonly path: string;
  /** What it holds and for how long, for people. */
  readonly what: string;
}

/** The roots in the order of PRIVACY.md, as the sentence that leads to what lies there. */
export const roots: Readonly<Record<Root, string>> = {
  state:
    'In the state directory (`~/.local/state/seldon-usage`, or where `XDG_STATE_HOME` or `--state-dir` say), made readable only by you',
  config: 'In `~/.config/seldon-usage` (or below `XDG_CONFIG_HOME`), by `config set` and `config unset` alone',
  cache: 'In `~/.cache/seldon-usage` (or below `XDG_CACHE_HOME`)',
  data: 'In `~/.local/share/seldon-usage` (or below `XDG_DATA_HOME`, or where `--store` or `--queue` say), by `serve` and its commands alone',
  temporary: 'In `TMPDIR` (`/tmp` without it), by `enable` and `disable` alone',
  named: 'Where you say',
};

/** Every place that this program writes to; PRIVACY.md lists them, and a test compares them with what is really written. */
export const places: readonly Place[] = [
  {root: 'state', path: 'outbox/ID.json', what: 'the exact bytes of reports that are not delivered yet'},
  {
    root: 'state',
    path: 'waiting/ID.json',
    what: 'where each of them is to go, with the whole URL, and by which contexts and in which namespaces its cluster is asked again whether it forbids that; gone when it is settled',
  },
  {root: 'state', path: 'waiting/ID.lock', what: 'an empty file for one that is being posted'},
  {root: 'state', path: 'sent/ID.json', what: 'the exact bytes of reports that were delivered'},
  {
    root: 'state',
    path: 'superseded/ID.json',
    what: 'the exact bytes of reports that were not delivered and do not wait any more: a newer one replaced them, the collector refused them, or you discarded them',
  },
  {root: 'state', path: 'ledger.jsonl', what: 'a line for each outcome'},
  {root: 'state', path: 'lock', what: 'an empty file'},
  {root: 'state', path: 'cluster-ids/CLUSTER', what: 'the IDs of clusters that keep none themselves'},
  {
    root: 'state',
    path: 'agreed/ID.json',
    what: 'for each cluster which fields, resource names and extensions the last report that was agreed to could hold; no values',
  },
  {root: 'config', path: 'config.yaml', what: 'your settings'},
  {root: 'config', path: 'lock', what: 'an empty file'},
  {
    root: 'cache',
    path: 'compiled/…',
    what: 'compiled code of this program, kept by Node if nobody but you and root can put anything there, and nowhere otherwise',
  },
  {root: 'data', path: 'reports.db', what: 'the reports that a collector of yours received, and their statistics'},
  {root: 'data', path: 'reports.db-wal', what: 'its log, while a server runs'},
  {root: 'data', path: 'reports.db-shm', what: 'the index of the log'},
  {root: 'data', path: 'reports.db.lock', what: 'an empty file'},
  {root: 'data', path: 'reports.db.replaced-TIME', what: 'the store that `serve restore` replaced, and its log'},
  {
    root: 'data',
    path: 'reports.db.restoring',
    what: 'the copy that `serve restore` puts in place, until it or the next `serve` has',
  },
  {root: 'data', path: 'reports.db.restore-mark', what: 'which files are being replaced, as long'},
  {root: 'data', path: 'queue.db', what: 'what waits in a collector of yours that only passes on; gone when it was'},
  {root: 'data', path: 'queue.db-wal', what: 'its log, while a server runs'},
  {root: 'data', path: 'queue.db-shm', what: 'the index of the log'},
  {root: 'data', path: 'queue.db.lock', what: 'an empty file'},
  {
    root: 'temporary',
    path: `${runFolderPrefix}RANDOM/…`,
    what: 'readable only by you: the chart, the values and the manifest of the release, Helm’s caches, and a token for the gate of this run; no credential of the cluster. It is gone at the end, and what a killed run has left is removed by the next command that speaks to a cluster',
  },
  {root: 'named', path: 'collect --output FILE', what: 'the report'},
  {root: 'named', path: 'serve backup FILE', what: 'a copy of the store'},
  {root: 'named', path: 'serve export --output FILE', what: 'all that the store holds, as lines of JSON'},
  {
    root: 'named',
    path: 'FILE.RANDOM.partial',
    what: 'beside it, readable only by you: what `serve export` has written of it. After an interruption it stays until the same command has outgrown it',
  },
];

/** The paths that a place stands for, below its root. */
export function patternOf({path}: Place): RegExp {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = escaped.replace(/\b(?:ID|CLUSTER|TIME|RANDOM)\b/g, '[^/]+').replace('…', '.+');
  return new RegExp(`^${pattern}$`);
}
