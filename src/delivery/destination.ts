import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {becomesAnother} from '../host/go-url.ts';
import {isLoopbackHost} from '../host/loopback.ts';
import type {Origin} from '../settings.ts';

/** A collector that reports are posted to. */
export interface Destination {
  /** The whole URL, with the query that the user gave: for the POST only. */
  readonly url: string;
  /** The URL without its query, as messages and the ledger say it. */
  readonly name: string;
  /** Whether others on the way can read what is posted: plain http to anything but this machine. */
  readonly overheard: boolean;
}

/** How collectors are named by whoever names them: one of them, and several. */
interface Form {
  readonly name: string;
  /** What leads to the right form of several. */
  readonly lead: string;
  write(urls: readonly string[]): string;
}

const inFile: Form = {
  name: 'the setting url',
  lead: '',
  write: (urls) => `seldon-usage config set url ${urls.join(' ')}`,
};
const forms: Readonly<Record<Origin, Form>> = {
  flag: {
    name: '--url',
    lead: 'Repeat the flag instead: ',
    write: (urls) => urls.map((url) => `--url ${url}`).join(' '),
  },
  variable: {name: 'SELDON_USAGE_URL', lead: 'Instead: ', write: (urls) => `SELDON_USAGE_URL='${urls.join(' ')}'`},
  file: inFile,
  default: inFile,
};

/** Path of Spartakus' protocol, where the user names none. */
const protocolPath = '/api/v1';

/**
 * The destination that a URL of the user names. An empty path means that of the protocol; a path and a query are kept.
 *
 * @param origin who names it: errors speak of that
 * @throws {UserError} usage, if it is not a URL, not of http or https, or holds credentials
 */
export function destination(text: string, origin: Origin = 'flag'): Destination {
  const form = forms[origin];
  refuseList(text, form);
  const url = URL.parse(text.trim());
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw noDestination(text, form);
  if (becomesAnother(text.trim()))
    throw new UserError('usage', `The host of this URL is an address of an old form, which means ${url.hostname}.`, {
      suggestions: [`If that is what you mean, write it so: ${form.write([url.origin])}`],
    });
  if (url.username !== '' || url.password !== '') {
    throw new UserError(
      'usage',
      `The URL of ${clean(url.host)} holds credentials, which end up in logs and listings.`,
      {
        suggestions: ['Leave user and password out of the URL.'],
      },
    );
  }
  url.hash = '';
  if (url.pathname === '/') url.pathname = protocolPath;
  return {
    url: url.href,
    name: clean(url.origin + url.pathname),
    overheard: url.protocol === 'http:' && !isLoopbackHost(url.hostname),
  };
}

/** The destinations of several URLs, each once. */
export function destinations(texts: readonly string[], origin?: Origin): Destination[] {
  return [...new Map(texts.map((text) => destination(text, origin)).map((each) => [each.url, each])).values()];
}

/**
 * Plain http needs a word of its own from the user.
 *
 * @throws {UserError} consent, if it is missing
 */
export function requireConfidential(all: readonly Destination[], allowHttp: boolean): void {
  const names = all.filter(({overheard}) => overheard).map(({name}) => name);
  if (allowHttp || names.length === 0) return;
  throw new UserError(
    'consent',
    `${names.join(', ')}: plain http, so whoever owns or overhears that name can read the report.`,
    {
      suggestions: [
        'Name a collector of your own with --url https://…, or add --allow-http to send it all the same.',
        "The default is the address in Seldon's charts; nobody promises that it answers.",
      ],
    },
  );
}

/** A comma may be part of a path, but never of a host; and no URL has another one behind a comma or a blank. */
function refuseList(text: string, form: Form): void {
  const parts = text.split(/[\s,;]+(?=[a-z][a-z0-9+.-]*:\/\/)/i);
  const host = /^\s*[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(text)?.[1]?.split('@').at(-1) ?? '';
  if (parts.length < 2 && !/[,;]/.test(host)) return;
  const names = parts.flatMap((part) => {
    const url = URL.parse(part.trim());
    return url && !/[,;@]/.test(url.host) ? [clean(url.origin + (url.pathname === '/' ? '' : url.pathname), 120)] : [];
  });
  const all = names.length > 1 ? names : ['https://a.example.com', 'https://b.example.com'];
  throw new UserError('usage', `One value of ${form.name} names one collector, and this is a list of several.`, {
    suggestions: [form.lead + form.write(all)],
  });
}

function noDestination(text: string, form: Form): UserError {
  // What is not a URL can still hold a password: only what can't is repeated.
  const shown = /[@?]/.test(text) ? 'What was given' : JSON.stringify(clean(text, 120));
  return new UserError('usage', `${shown} is not a URL of http or https, so nothing can be sent there.`, {
    suggestions: [`Example: ${form.write(['https://usage.example.com'])}`],
  });
}
