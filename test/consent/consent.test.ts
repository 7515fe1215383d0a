import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ClusterWord,
  consentNeeded,
  requireNoVeto,
  requireSwitchedOn,
  switchedOffBy,
  wordSentence,
} from '../../src/consent/consent.ts';
import {UserError} from '../../src/errors.ts';

const switches: [env: NodeJS.ProcessEnv, by: string | undefined][] = [
  [{}, undefined],
  [{DO_NOT_TRACK: ''}, undefined],
  [{DO_NOT_TRACK: '0'}, undefined],
  [{DO_NOT_TRACK: 'false'}, undefined],
  [{DO_NOT_TRACK: 'FALSE'}, undefined],
  [{DO_NOT_TRACK: '1'}, 'DO_NOT_TRACK'],
  [{DO_NOT_TRACK: 'true'}, 'DO_NOT_TRACK'],
  [{DO_NOT_TRACK: 'no'}, 'DO_NOT_TRACK'],
  [{DO_NOT_TRACK: '00'}, 'DO_NOT_TRACK'],
  [{SELDON_USAGE_DISABLED: '0'}, undefined],
  [{SELDON_USAGE_DISABLED: 'yes'}, 'SELDON_USAGE_DISABLED'],
  [{DO_NOT_TRACK: '0', SELDON_USAGE_DISABLED: '1'}, 'SELDON_USAGE_DISABLED'],
];
for (const [env, by] of switches) {
  test(`${JSON.stringify(env)} is switched off by ${by ?? 'nothing'}`, () => {
    assert.is(switchedOffBy(env), by);
    const error = thrown(() => requireSwitchedOn(env));
    if (by === undefined) assert.is(error, undefined);
    else refused(error, new RegExp(`^${by} is set`));
  });
}

const needs: [yes: boolean, canAsk: boolean, stays: boolean, need: '--yes' | 'ask' | 'refused'][] = [
  [false, true, false, 'ask'],
  [false, false, false, 'refused'],
  [false, true, true, 'refused'],
  [false, false, true, 'refused'],
  [true, true, false, '--yes'],
  [true, false, false, '--yes'],
  [true, false, true, '--yes'],
];
for (const [yes, canAsk, stays, need] of needs) {
  test(`yes ${yes}, terminal ${canAsk}, period ${stays}: ${need}`, () => {
    if (need === 'refused')
      refused(
        thrown(() => consentNeeded({yes, canAsk, stays})),
        /Nobody agreed/,
      );
    else assert.is(consentNeeded({yes, canAsk, stays}), need);
  });
}

const blind = new UserError('cluster', 'forbidden', {
  suggestions: ['kubectl create rolebinding x:jane --role=x --user=jane --namespace=kube-system'],
});
const words: [what: string, word: ClusterWord, message: RegExp | undefined][] = [
  ['nothing', {undetermined: []}, undefined],
  [
    'a no',
    {veto: {namespace: 'seldon-system', says: 'reporting: never'}, undetermined: []},
    /seldon-usage in the namespace seldon-system says reporting: never\. Nothing was sent\.$/,
  ],
  [
    'what may not be read',
    {undetermined: [{namespace: 'kube-system', error: blind}]},
    /can't be seen whether the cluster forbids reporting: the ConfigMap seldon-usage in kube-system may not be read/,
  ],
  [
    'a no beside what may not be read',
    {veto: {namespace: 'a', says: 'reporting: x'}, undetermined: [{namespace: 'kube-system', error: blind}]},
    /namespace a says reporting: x/,
  ],
];
for (const [what, word, message] of words) {
  test(`${what} of the cluster ${message ? 'forbids' : 'permits'}`, () => {
    const error = thrown(() => requireNoVeto(word));
    if (message) refused(error, message);
    else assert.is(error, undefined);
    assert.is(wordSentence(word) === undefined, message === undefined);
  });
}

test('what grants the look is named, for the user that the server knows', () => {
  const error = thrown(() => requireNoVeto({undetermined: [{namespace: 'kube-system', error: blind}]})) as UserError;
  assert.equal(error.suggestions.slice(1), [
    'kubectl create clusterrole seldon-usage-veto --verb=get --resource=configmaps --resource-name=seldon-usage',
    'kubectl create clusterrolebinding seldon-usage-veto:jane --clusterrole=seldon-usage-veto --user=jane',
  ]);
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function refused(error: unknown, message: RegExp): void {
  assert.instance(error, UserError);
  assert.is((error as UserError).code, 'consent');
  assert.match((error as UserError).message, message);
}

test.run();
