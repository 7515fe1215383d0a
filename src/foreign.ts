/**
 * Text from elsewhere (a server, a plugin, Helm, a file) made fit for a terminal and a log: one line, no control
 * characters (escape sequences, line breaks, bidirectional overrides), nothing that looks like a credential, capped.
 *
 * @param most longest result in UTF-16 code units, the ellipsis aside
 */
export function clean(text: unknown, most = 300): string {
  let out = textOf(text).slice(0, most * 8);
  // Before the credentials: none hides behind a sequence or a character that is not seen.
  out = out.replace(escapes, '').replace(invisible, '').replace(controls, ' ');
  for (const [pattern, replacement] of credentials) out = out.replace(pattern, replacement);
  out = out.replace(/ {2,}/g, ' ').trim();
  return (out.length > most ? `${out.slice(0, most)}…` : out).toWellFormed();
}

/** What `String` makes of a value; nothing of an object from elsewhere that says with `toString` or `__proto__` that it has no text. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

/** Whether a value from elsewhere is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts of a map from elsewhere, such as labels; nothing where it is none. */
export function textsOf(map: unknown): Record<string, string> {
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * Whole escape sequences of ECMA-48 go, so that no `[31m` remains: CSI, strings (OSC, DCS, SOS, PM, APC) with their end,
 * and short ones such as a reset.
 */
const escapes =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-Z\\`-~]/g;

/** Characters without width, and those that turn the direction of text. */
const invisible = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;

/** C0, DEL, C1, line separators. */
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** The counts are bounded so that no text makes an expression run through the rest of it again and again. */
const credentials: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{1,40}-----[\s\S]*?(?:-----END [A-Z ]{1,40}-----|$)/g, '[removed]'],
  // JSON web tokens, service account tokens among them.
  [/\beyJ[\w-]{8,2048}\.[\w-]+(?:\.[\w-]*)?/g, '[removed]'],
  [/\b(bearer|basic|token) {1,8}[\w+/=.~-]{8,}/gi, '$1 [removed]'],
  [
    /((?:token|secret|password|passwd|pwd|(?:api|access|private)[_-]?key|key-data)["']? {0,8}[:=] {0,8}["']?)[^\s"',;&}]+/gi,
    '$1[removed]',
  ],
  // User information of a URL, which ends at the last @ of the authority.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]{1,2048}@/gi, '$1[removed]@'],
  // Keys of the clouds' credential plugins.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bk8s-aws-v1\.[\w-]+|\bya29\.[\w-]+|\bsha256~[\w-]+/g, '[removed]'],
];

/** A word as a shell needs it, without control characters. */
export function shellWord(word: string): string {
  const shown = clean(word, 4000);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}

/** What a terminal heeds instead of showing it, but line breaks and tabs; what turns the direction of text among it. */
const heeded = /(?![\n\t])[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Lines that are about to be shown, without escape sequences and what else a terminal heeds: the last guard behind `clean`, for whole
 * messages. Nothing else is taken away.
 */
export function shownLines(text: string): string {
  return text.replace(escapes, '').replace(heeded, ' ');
}

/** JSON in which what a terminal heeds is escaped: the same value. */
export function jsonLine(value: object): string {
  return shownJson(JSON.stringify(value));
}

/** The same of JSON as text; what is none has nothing left either that a terminal heeds. */
export function shownJson(text: string): string {
  return text.replace(heeded, asEscape);
}

/**
 * A name by which a person tells things apart. One that is not shown as it is stands in quotes, with what is not seen escaped:
 * two names that differ are never shown alike.
 */
export function shownName(name: string): string {
  const shown = clean(name);
  return shown === name && !name.startsWith('"') ? name : clean(escaped(JSON.stringify(name)));
}

const invisibleOnes = new RegExp(invisible.source.replace(/\+$/, ''), 'g');

function escaped(json: string): string {
  return json
    .replace(heeded, asEscape)
    .replace(invisibleOnes, asEscape)
    .replace(/ {2,}| (?="$)|(?<=^") /g, (all) => '\\u0020'.repeat(all.length));
}

function asEscape(one: string): string {
  return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
