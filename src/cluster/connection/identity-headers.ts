import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {UserEntry} from './kubeconfig.ts';

/**
 * The header by which a token or a password is presented; none where there is neither.
 *
 * @throws {UserError} usage, if the token holds what no header can
 */
export function identityHeaders(
  {token, username = '', password = ''}: {token?: string | undefined; username?: string; password?: string},
  userName: string,
): Record<string, string> {
  if (token) {
    // Said here: the error that Node.js throws would name the header and count as a bug of ours.
    if (hasControls(token))
      throw new UserError(
        'usage',
        `The token of the user ${clean(userName)} holds characters that no token can have.`,
        {
          suggestions: ['Look for line breaks in it; log in again as you do for kubectl.'],
        },
      );
    return {Authorization: `Bearer ${Buffer.from(token, 'utf8').toString('latin1')}`};
  }
  if (!username && !password) return {};
  return {Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`};
}

/**
 * The headers by which another user is impersonated: k8s.io/client-go/transport, impersonatingRoundTripper.
 *
 * @throws {UserError} usage, if a name holds a line break
 */
export function impersonation(user: UserEntry): Record<string, string | string[]> {
  if (!user.as) return {};
  const extra = Object.entries(user['as-user-extra'] ?? {}).map(([key, values]) => [
    `Impersonate-Extra-${escapeKey(key)}`,
    values.map(headerValue),
  ]);
  return {
    'Impersonate-User': headerValue(user.as),
    ...(user['as-uid'] ? {'Impersonate-Uid': headerValue(user['as-uid'])} : {}),
    ...(user['as-groups']?.length ? {'Impersonate-Group': user['as-groups'].map(headerValue)} : {}),
    ...Object.fromEntries(extra),
  };
}

/** What no header can hold; a tab it can. */
function hasControls(text: string): boolean {
  return /[\x00-\x08\x0a-\x1f\x7f]/.test(text);
}

/** A header's bytes are UTF-8, as Go writes them; Node.js wants each byte as a character. */
function headerValue(text: string): string {
  if (hasControls(text))
    throw new UserError('usage', `${JSON.stringify(clean(text))} can't be impersonated: it holds control characters.`);
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Percent-encodes what can't stand in the name of a header (RFC 9110, token), and the percent sign. */
function escapeKey(key: string): string {
  return [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+\-.^_`|~]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
