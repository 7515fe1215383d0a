/**
 * Text from elsewhere (a server, a plugin, Helm, a file) made fit for a terminal and a log: one line, no control
 * characters (escape sequences, line breaks, bidirectional overrides), nothing that looks like a credential, capped.
 *
 * @param most longest result in UTF-16 code units, the ellipsis aside
 */
export function clean(text: unknown, most = 300): string {
  let out = String(text).slice(0, most * 8);
  for (const [pattern, replacement] of credentials) out = out.replace(pattern, replacement);
  out = out.replace(escapes, '').replace(controls, ' ').replace(/ {2,}/g, ' ').trim();
  return out.length > most ? `${out.slice(0, most).toWellFormed()}…` : out;
}

/** Whole escape sequences go, so that no `[31m` remains: CSI, OSC with its end, and two-character ones. */
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])|\u009b[0-?]*[ -/]*[@-~]/g;

/** C0, DEL, C1, line separators, and the characters that turn the direction of text. */
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;

const credentials: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g, '[removed]'],
  // JSON web tokens, service account tokens among them.
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[removed]'],
  [/\b(bearer|basic|token)\s+[\w+/=.~-]{8,}/gi, '$1 [removed]'],
  [
    /\b((?:access|refresh|id|auth|session)?_?-?(?:token|secret|password|passwd|api[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
    '$1[removed]',
  ],
  // User information of a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[removed]@'],
  // Keys of the clouds' credential plugins.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bk8s-aws-v1\.[\w-]+|\bya29\.[\w-]+|\bsha256~[\w-]+/g, '[removed]'],
];
