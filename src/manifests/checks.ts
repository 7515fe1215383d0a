// What a value of an option may be, by Kubernetes' own rules. Each form is an expression that JavaScript and Go (the schema
// of the chart) read alike; what no expression can say stands beside it.
import {isIP} from 'node:net';
import {becomesAnother} from '../host/go-url.ts';
import {isOptionalField, optionalFields, quantityValue} from '../report/index.ts';

/** A form of values. */
export interface Form {
  /** For people, as the end of a sentence: `is not a …`. */
  readonly name: string;
  /** For a schema: the whole value, without look-around. */
  readonly pattern: string;
  readonly longest: number;
  /** Whether a value that fits the pattern is one all the same. */
  readonly also?: (value: string) => boolean;
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;

/** Of a namespace (RFC 1123 label). */
export const namespaceName: Form = {name: 'name of a namespace', pattern: `^${label}$`, longest: 63};

/** Of objects that take a subdomain of RFC 1123: Secrets, ConfigMaps, classes. */
export const objectName: Form = {name: 'name of an object', pattern: `^${subdomain}$`, longest: 253};

/** Of objects that Pods and Services are named after: 52 characters for a CronJob, with a letter first for a Service. */
export const baseName: Form = {
  name: 'name for these objects: at most 40 of a-z, 0-9 and -, a letter first',
  pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
  longest: 40,
};

/** Host of an Ingress, which may begin with `*.`. */
export const hostName: Form = {
  name: 'host name',
  pattern: `^(\\*\\.)?${subdomain}$`,
  longest: 253,
  // An Ingress is for names: Kubernetes refuses addresses.
  also: (value) => isIP(value) === 0,
};

/** Reference of an image, as container runtimes read it (distribution/reference). */
export const image: Form = {
  name: 'reference of an image',
  pattern:
    '^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]+)?/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$',
  longest: 512,
};

/**
 * URL of a collector, as `send` takes it; no `$`, which Kubernetes could take for a variable, and ASCII alone: readers of YAML
 * and of white space differ in what else ends a line or a word.
 */
export const collectorUrl: Form = {
  name: 'URL of a collector: http or https, in ASCII, without credentials, white space, quotes, commas, # and $',
  pattern: '^https?://[!%&()*+./0-9:;=?A-Z\\[\\]_a-z~-]+$',
  longest: 2000,
  also: (value) => URL.canParse(value) && !becomesAnother(value),
};

/** A sink, as `serve --also` takes it; of URLs as of those of collectors, and by https alone. */
export const sink: Form = {
  name: 'sink: https://…, clickhouse:https://…, bigquery:project.dataset.table or stdout, in ASCII, without credentials',
  pattern:
    '^(stdout|bigquery:(//)?([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]\\.[0-9A-Za-z_]+\\.[0-9A-Za-z_-]+|(clickhouse:)?https://[!%&()*+./0-9:;=?A-Z\\[\\]_a-z~-]+)$',
  longest: 2000,
  also: (value) => {
    const url = value.replace(/^clickhouse:/, '');
    return !url.startsWith('https:') || (URL.canParse(url) && !becomesAnother(url));
  },
};

/** A block of addresses. Host bits are refused, as the API server warns of them: what is written is not what is meant. */
export const cidr: Form = {
  name: 'block of addresses, such as 10.0.0.0/8',
  pattern: '^[0-9A-Fa-f.:]+/(0|[1-9][0-9]{0,2})$',
  longest: 64,
  also: isBlock,
};

function isBlock(value: string): boolean {
  const [address = '', length] = value.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  // Addresses of IPv4 in the clothes of IPv6 are ambiguous, and refused by Kubernetes.
  if (family === 0 || Number(length) > bits || (family === 6 && address.includes('.'))) return false;
  return bitsOf(address, family).slice(Number(length)).indexOf('1') < 0;
}

function bitsOf(address: string, family: number): string {
  if (family === 4)
    return address
      .split('.')
      .map((part) => binary(Number(part), 8))
      .join('');
  const [head = '', tail] = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return [...groups].map((group) => binary(Number.parseInt(group, 16), 16)).join('');
}

function binary(number: number, width: number): string {
  return number.toString(2).padStart(width, '0');
}

/** An amount of CPU. */
export const cpu: Form = {
  name: 'amount of CPU, such as 100m or 1',
  pattern: '^[0-9]{1,9}(\\.[0-9]{1,3}|m)?$',
  longest: 16,
  also: (value) => quantityValue(value) > 0,
};

/** An amount of bytes, of memory or of a disk. */
export const bytes: Form = {
  name: 'size, such as 256Mi or 10Gi',
  pattern: '^[0-9]{1,12}(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$',
  longest: 16,
  also: (value) => quantityValue(value) >= 1_000_000,
};

/** A duration in Go's syntax that is longer than nothing. */
export const period: Form = {
  name: 'duration, such as 24h',
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  longest: 32,
  also: (value) => /[1-9]/.test(value),
};

/** A port of TCP. */
export const port: Form = {
  name: 'port',
  pattern: '^[1-9][0-9]{0,4}$',
  longest: 5,
  also: (value) => Number(value) < 65_536,
};

/** A field of a report that can be left out. */
export const optionalField: Form = {
  name: `field that a report can do without; those are ${optionalFields.join(', ')}`,
  pattern: `^(${optionalFields.join('|').replaceAll('.', '\\.')})$`,
  longest: 64,
  also: isOptionalField,
};

/** One field of a schedule: numbers of a range or names, ranges of them and steps, with commas between. */
function scheduleField(number: string, names = ''): string {
  const value = names ? `(${number}|${names})` : `(${number})`;
  const part = `(\\*|${value}(-${value})?)(/[1-9][0-9]{0,2})?`;
  return `${part}(,${part})*`;
}

const months = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const days = 'SUN|MON|TUE|WED|THU|FRI|SAT';

/** When a CronJob runs, as robfig/cron reads it. */
export const schedule: Form = {
  name: 'schedule of five fields, such as "17 3 * * *"',
  pattern: `^(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|${[
    scheduleField('[0-5]?[0-9]'),
    scheduleField('[01]?[0-9]|2[0-3]'),
    scheduleField('0?[1-9]|[12][0-9]|3[01]'),
    scheduleField('0?[1-9]|1[0-2]', months),
    scheduleField('[0-6]', days),
  ].join(' ')})$`,
  longest: 200,
  also: rangesAscend,
};

/** A range that ends before it begins is refused by the API server. */
function rangesAscend(value: string): boolean {
  const order = (text: string) => {
    const named = [months, days].map((names) => names.split('|').indexOf(text)).find((index) => index >= 0);
    return named ?? Number(text);
  };
  return [...value.matchAll(/([A-Z\d]+)-([A-Z\d]+)/g)].every(
    ([, from = '', to = '']) =>
      // A name beside a number would have to be counted from the same start.
      /^\d/.test(from) === /^\d/.test(to) && order(from) <= order(to),
  );
}

/** Why a value is none of the form; undefined if it is one. */
export function whyNot(form: Form, value: string): string | undefined {
  const fits = value.length <= form.longest && new RegExp(form.pattern).test(value);
  return fits && (form.also?.(value) ?? true)
    ? undefined
    : `is not ${/^[aeiouE]/.test(form.name) ? 'an' : 'a'} ${form.name}`;
}
