import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {UserEntry} from './kubeconfig.ts';

/** `auth-provider` of a kubeconfig's user. */
type AuthProvider = NonNullable<UserEntry['auth-provider']>;

/** Milliseconds before its end at which kubectl takes a token for expired. */
const early = 10_000;

/**
 * Refuses the auth-providers that kubectl has no more, since 1.26 only `oidc` is left, and one without its provider, also
 * where another credential counts; rules of newOIDCAuthProvider in k8s.io/client-go/plugin/pkg/client/auth/oidc.
 *
 * @throws {UserError} usage
 */
export function checkAuthProvider({name = '', config}: AuthProvider, userName: string): void {
  if (name === 'oidc') {
    const missing = ['idp-issuer-url', 'client-id'].find((key) => !config?.[key]);
    if (missing === undefined) return;
    throw new UserError(
      'usage',
      `The user ${clean(userName)} logs in by OIDC, and its auth-provider has no ${missing}.`,
      {
        suggestions: ['Have your login tool write the kubeconfig again.'],
      },
    );
  }
  const shown = `The user ${clean(userName)} logs in by the auth-provider ${clean(name, 60) || '(none)'}, which kubectl 1.26 removed.`;
  const plugin = {gcp: 'gke-gcloud-auth-plugin', azure: 'kubelogin'}[name];
  throw new UserError('usage', shown, {
    suggestions: [
      plugin
        ? `Install ${plugin} and have the kubeconfig written again: ${again[name]}`
        : 'Have your login tool write the kubeconfig again, with a credential plugin.',
    ],
  });
}

/**
 * The token of an OIDC entry. An expired one is left to kubectl to renew: providers may hand out a new refresh token with
 * each renewal, and who renews without writing it to the kubeconfig has logged kubectl out.
 *
 * @throws {UserError} cluster, if there is none that is valid
 */
export function idToken({config}: AuthProvider, userName: string): string {
  const token = config?.['id-token'];
  if (token && expiry(token) - early > Date.now()) return token;
  throw new UserError('cluster', `The OIDC token of the user ${clean(userName)} has expired.`, {
    suggestions: ['kubectl renews it: run kubectl get --raw /version, then try again.'],
  });
}

const again: Record<string, string> = {
  gcp: 'gcloud container clusters get-credentials CLUSTER',
  azure: 'az aks get-credentials, then kubelogin convert-kubeconfig',
};

/** Milliseconds since 1970 at which a JSON web token ends; 0 where it does not tell. */
function expiry(token: string): number {
  try {
    const {exp} = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {exp?: unknown};
    return typeof exp === 'number' ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}
