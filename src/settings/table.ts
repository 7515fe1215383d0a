import {UserError} from '../errors.ts';
import {parseDuration} from '../host/duration.ts';
import {isUuid} from '../host/uuid.ts';
import {isOptionalField} from '../report/index.ts';

/** One thing a user can set, under the same name everywhere. */
export interface Setting {
  /** Name of the flag, and key in the user's file. */
  readonly name: string;
  readonly variable: `SELDON_USAGE_${string}`;
  readonly default?: string;
  /** What it does: in the help of its flag, in the list of settings, and of an option of a manifest that sets it. */
  readonly what: string;
  /**
   * `list`: several values add up, in the file a list, in the variable with commas or spaces. `switch`: true or false.
   * `duration`: in Go's syntax.
   */
  readonly holds?: 'list' | 'switch' | 'duration';
  /** Why a value can't be used, as the end of a sentence that begins with it; absent: any text can. */
  readonly refuses?: (value: string) => string | undefined;
}

function whyNot(read: () => unknown, why: string): string | undefined {
  try {
    read();
    return undefined;
  } catch {
    return why;
  }
}

/** Milliseconds; what takes longer is a matter of --period. */
const longestTimeout = 86_400_000;

/**
 * Refuses times that are none for a delivery.
 *
 * @param timeout milliseconds
 * @throws {UserError} usage
 */
export function requireTimeout(timeout: number): void {
  if (timeout <= 0 || timeout > longestTimeout)
    throw new UserError('usage', '--timeout must be longer than 0, and at most 24h.');
}

/** What a block of addresses looks like; whether it is one is said by who reads it. */
function whyNoBlock(value: string): string | undefined {
  return /^[\da-f:.]{2,45}(\/\d{1,3})?$/i.test(value)
    ? undefined
    : 'is not a block of addresses such as 192.0.2.0/24 or 2001:db8::/32';
}

/** Every setting that has a variable; precedence: flag, variable, user's file, default. */
export const settings = [
  {
    name: 'cluster-id',
    variable: 'SELDON_USAGE_CLUSTER_ID',
    what: 'UUID of the cluster, instead of the one it keeps',
    refuses: (value) => (isUuid(value) ? undefined : 'is not a UUID'),
  },
  {
    name: 'url',
    variable: 'SELDON_USAGE_URL',
    default: 'http://seldon-core-stats.seldon.io',
    what: 'collector to send to, each with its own outcome; without one that of Seldon’s own charts',
    holds: 'list',
    refuses: (value) =>
      /^https?:$/.test(URL.parse(value)?.protocol ?? '') ? undefined : 'is not a URL of http or https',
  },
  {
    name: 'allow-http',
    variable: 'SELDON_USAGE_ALLOW_HTTP',
    default: 'false',
    what: 'send over plain http too, where others can read the report',
    holds: 'switch',
  },
  {
    name: 'cacert',
    variable: 'SELDON_USAGE_CACERT',
    what: 'file with the CAs of collectors, as PEM, instead of the system’s',
  },
  {
    name: 'timeout',
    variable: 'SELDON_USAGE_TIMEOUT',
    default: '60s',
    what: 'longest time for a delivery in all',
    holds: 'duration',
    refuses: (value) =>
      whyNot(() => requireTimeout(parseDuration(value)), 'is not a duration such as 90s or 5m, of at most 24h'),
  },
  {
    name: 'capacity',
    variable: 'SELDON_USAGE_CAPACITY',
    default: 'known',
    what: 'which resources of the nodes to report, those with well-known names or all',
    refuses: (value) => (['known', 'all'].includes(value) ? undefined : 'is neither known nor all'),
  },
  {
    name: 'omit',
    variable: 'SELDON_USAGE_OMIT',
    what: 'leave out an optional field, for example nodes.osImage',
    holds: 'list',
    refuses: (value) => (isOptionalField(value) ? undefined : 'is not a field that a report can do without'),
  },
  {
    name: 'state-dir',
    variable: 'SELDON_USAGE_STATE_DIR',
    what: 'folder of local cluster IDs, outbox and ledger, instead of seldon-usage in the XDG state directory',
  },
  {
    name: 'keep-reports',
    variable: 'SELDON_USAGE_KEEP_REPORTS',
    default: '100',
    what: 'keep the bytes of so many sent reports, and of as many that were not delivered and no longer wait, or of all; the ledger keeps every line',
    refuses: (value) => (/^(\d{1,9}|all)$/.test(value) ? undefined : 'is neither a number nor all'),
  },
  {
    name: 'store',
    variable: 'SELDON_USAGE_STORE',
    what: 'store of the collector: sqlite:PATH or postgres://…, instead of reports.db in the XDG data directory; or a sink as --also has it: then it keeps nothing and only passes on',
  },
  {
    name: 'queue',
    variable: 'SELDON_USAGE_QUEUE',
    what: 'what waits in a collector that only passes on: sqlite:PATH, instead of queue.db in the XDG data directory',
  },
  {
    name: 'listen',
    variable: 'SELDON_USAGE_LISTEN',
    default: '127.0.0.1:8080',
    what: 'address at which the collector takes reports',
  },
  {
    name: 'admin-listen',
    variable: 'SELDON_USAGE_ADMIN_LISTEN',
    default: '127.0.0.1:9090',
    what: 'address at which the collector shows statistics',
  },
  {
    name: 'trusted-proxy',
    variable: 'SELDON_USAGE_TRUSTED_PROXY',
    what: 'addresses from which the collector believes X-Forwarded-For and the PROXY protocol',
    holds: 'list',
    refuses: whyNoBlock,
  },
  {
    name: 'shared-address',
    variable: 'SELDON_USAGE_SHARED_ADDRESS',
    what: 'addresses that many senders of the collector share (a NAT): the limits of one address on connections, reports and memory are not theirs, nor that of a network on new clusters and on a queue; turns count them as one',
    holds: 'list',
    refuses: whyNoBlock,
  },
  {
    name: 'also',
    variable: 'SELDON_USAGE_ALSO',
    what: 'where the collector passes reports on to: another collector (https://…), ClickHouse (clickhouse:https://host:8443/database), BigQuery (bigquery:project.dataset.table), or standard output, a line each (stdout)',
    holds: 'list',
  },
] as const satisfies readonly Setting[];

/** Variables that stop everything: any value but empty, `0` and `false` means that nothing is read, resolved or sent. */
export const offSwitches = [
  {variable: 'DO_NOT_TRACK', what: 'the switch of all tools that honour it (donottrack.sh)'},
  {variable: 'SELDON_USAGE_DISABLED', what: 'the switch of this tool alone'},
] as const;

/** Variable that has errors tell the chain of their causes. */
export const debugVariable = 'SELDON_USAGE_DEBUG';

/** Whether a variable that is a switch is on: any value but empty, `0` and `false`. */
export function isOn(value: string | undefined): boolean {
  return !['', '0', 'false'].includes((value ?? '').trim().toLowerCase());
}

/** Variables that hold a secret. They are no settings: no flag, no file and no listing has their values. */
export const secretVariables = {token: 'SELDON_USAGE_TOKEN'} as const;

export type SettingName = (typeof settings)[number]['name'];

/** The row of a setting. */
export function settingRow(name: SettingName): Setting {
  return settings.find((row) => row.name === name)!;
}

/** What a setting does, where one value is given at a time: as a flag. */
export function settingText(name: SettingName): string {
  const {what, holds} = settingRow(name);
  return `${what}${holds === 'list' ? '; repeatable' : ''}`;
}
