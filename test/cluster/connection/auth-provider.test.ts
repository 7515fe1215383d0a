import * as assert from 'uvu/assert';
import {rigSuite} from '../../rig/available.ts';
import {type Scripted, startScripted} from '../../rig/scripted.ts';
import {kubeconfigOf} from './connecting.ts';
import {reviewOf} from './reviews.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami, userOf} from './whoami.ts';

/** A token that ends in so many seconds; nobody checks its signature here. */
const endsIn = (seconds: number) =>
  ['{"alg":"none"}', JSON.stringify({exp: Math.floor(Date.now() / 1000) + seconds}), 'planted']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const valid = endsIn(3600);
const issuer = {'idp-issuer-url': 'https://127.0.0.1:1', 'client-id': 'c', 'refresh-token': 'planted'};
const oidc = (config: object) => ({'auth-provider': {name: 'oidc', config: {...issuer, ...config}}});

const cases: [name: string, credentials: object, presented: string | RegExp][] = [
  ['an OIDC token', oidc({'id-token': valid}), `Bearer ${valid}`],
  ['a token beside it, which wins', {...oidc({'id-token': valid}), token: 't'}, 'Bearer t'],
  [
    'an OIDC token that has expired',
    oidc({'id-token': endsIn(-60)}),
    /OIDC token of the user jane has expired.*kubectl renews it/s,
  ],
  ['an OIDC token that is about to expire', oidc({'id-token': endsIn(5)}), /has expired/],
  ['an OIDC token that is none', oidc({'id-token': 'planted'}), /has expired/],
  ['no OIDC token', oidc({}), /has expired/],
  ['OIDC without config', {'auth-provider': {name: 'oidc'}}, /auth-provider has no idp-issuer-url/],
  ['OIDC without issuer', oidc({'idp-issuer-url': '', 'id-token': valid}), /has no idp-issuer-url/],
  ['OIDC without client', oidc({'client-id': '', 'id-token': valid}), /has no client-id/],
  ['OIDC without client beside a token', {...oidc({'client-id': ''}), token: 't'}, /has no client-id/],
  ['gcp', {'auth-provider': {name: 'gcp'}}, /auth-provider gcp, which kubectl 1.26 removed.*gke-gcloud-auth-plugin/s],
  [
    'azure beside a token',
    {'auth-provider': {name: 'azure'}, token: 't'},
    /azure, which kubectl 1.26 removed.*kubelogin/s,
  ],
  ['one without name', {'auth-provider': {}}, /which kubectl 1.26 removed/],
];

const test = rigSuite<{server: Scripted}>('auth-provider entries, as kubectl takes them', ['kubectl']);

test.before(async (context) => {
  const see = reviewOf(({headers}) => headers.authorization ?? 'nobody');
  context.server = await startScripted({routes: {'*': see}});
});
test.after(({server}) => server.close());

for (const [name, credentials, presented] of cases) {
  test(name, async ({server}) => {
    const options = {kubeconfig: kubeconfigOf(server, credentials)};
    const [ours, theirs] = await Promise.all([ourWhoami(options, {}), kubectlWhoami(kubectlFlags(options), {})]);
    if (typeof presented === 'string') {
      assert.equal(ours, theirs);
      assert.is(userOf(ours), presented);
    } else {
      assert.match('error' in ours ? ours.error : JSON.stringify(ours), presented);
      assert.not.match(JSON.stringify(ours), /planted|BUG/);
      assert.ok('error' in theirs, JSON.stringify(theirs));
    }
  });
}

test.run();
