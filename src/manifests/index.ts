// The objects that run this program in a cluster, from the options that shape them. Pure: nothing is applied here.
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {whyNot} from './checks.ts';
import {defaultOf, type Option, options, type Part} from './options.ts';
import {namespace} from './pod.ts';
import {rules} from './rules.ts';
import {sendObjects} from './send.ts';
import {serveObjects} from './serve.ts';
import {filled, given, holds, type Template, type Values, when} from './template.ts';

export {defaultOf, type Option, options, type Part} from './options.ts';

/** The templates of each part, for the generator of the chart; the namespace comes before them. */
export const templates: Readonly<Record<Part, readonly Template[]>> = {send: sendObjects, serve: serveObjects};
export const namespaceTemplate = when(given('create-namespace'), namespace);

/** An object of Kubernetes. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What was given for options, by their names; ports as numbers or texts. */
export type Given = Readonly<Record<string, string | boolean | readonly (string | number)[] | undefined>>;

/**
 * The objects of a part, in the order in which they are applied.
 *
 * @throws {UserError} usage, if a value is none of its option, one is missing, or two do not go together
 */
export function manifests(part: Part, wanted: Given): KubeObject[] {
  const values = checked(part, wanted);
  return [namespaceTemplate, ...templates[part]]
    .map((template) => filled(template, values))
    .filter((made) => made !== undefined) as KubeObject[];
}

/** Every value checked, those that were not given by their defaults, and what follows from them. */
function checked(part: Part, wanted: Given): Values {
  const values: Record<string, Values[string]> = {};
  for (const option of options[part]) {
    const own = wanted[option.name];
    for (const one of Array.isArray(own) ? own : [own]) if (one !== undefined) requireOne(option, one);
    const found = own ?? defaultOf(option);
    values[option.name] = option.holds === 'ports' ? (found as unknown[]).map(Number) : (found as Values[string]);
  }
  const missing = options[part].filter(({name, needed}) => needed && !holds({given: name}, values));
  if (missing.length > 0) {
    const names = missing.map(({name}) => `--${name}`).join(' and ');
    throw new UserError('usage', `${names} ${missing.length > 1 ? 'are' : 'is'} missing.`, {
      suggestions: missing.map(({name, helpValue, what}) => `Add --${name} ${helpValue}: ${what}.`),
    });
  }
  for (const rule of rules[part]) {
    if (!holds(rule.if, values) || holds({given: rule.needs}, values) === !rule.not) continue;
    throw new UserError('usage', `--${rule.needs} ${rule.not ? 'is too much' : 'is missing'}: ${rule.why}.`);
  }
  if (part === 'send') requireHttps(values);
  values['egress-ports'] = egressPorts(values);
  return values;
}

function requireOne({name, form, choices}: Option, one: unknown): void {
  const text = String(one);
  const why =
    choices && !choices.includes(text) ? `is not one of ${choices.join(', ')}` : form ? whyNot(form, text) : undefined;
  if (why) throw new UserError('usage', `--${name} ${JSON.stringify(clean(text, 120))} ${why}.`);
}

function requireHttps(values: Values): void {
  const plain = (values.url as readonly string[]).find((url) => url.startsWith('http:'));
  if (plain === undefined || values['allow-http']) return;
  throw new UserError(
    'usage',
    `${clean(plain)}: plain http, so whoever owns or overhears that name can read the report.`,
    {
      suggestions: ['Name a collector with https, or add --allow-http to send it all the same.'],
    },
  );
}

/** The ports that are dialled, once each: of the API server, of collectors and other sinks, and what the user adds. */
function egressPorts(values: Values): number[] {
  const numbers = (name: string) => (values[name] ?? []) as readonly number[];
  const texts = (name: string) => (values[name] ?? []) as readonly string[];
  const sinks = [...texts('also'), values.store].filter((one) => typeof one === 'string' && one !== '');
  const dialled = [...texts('url'), ...(sinks as string[])].flatMap(portsOf);
  return [...new Set([...numbers('api-server-port'), ...dialled, ...numbers('egress-port')])];
}

/** A collector of `manifests serve` in the same cluster, whose pods listen on 8080 whatever its Service's port is. */
const serviceHost = /\.svc(\.|$)/;

function portsOf(text: string): number[] {
  if (text === 'stdout') return [];
  if (text.startsWith('bigquery:')) return [443];
  const {port, protocol, hostname} = new URL(text.replace(/^clickhouse:/, ''));
  const own = port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
  return serviceHost.test(hostname) && !text.startsWith('clickhouse:') ? [own, 8080] : [own];
}
