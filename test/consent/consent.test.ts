import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {consentNeeded, requireNoVeto, requireSwitchedOn, switchedOffBy} from '../../src/consent/consent.ts';
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

test('the veto of a cluster names its ConfigMap', () => {
  requireNoVeto(undefined);
  refused(
    thrown(() => requireNoVeto('seldon-system')),
    /seldon-usage in the namespace seldon-system says reporting: never/,
  );
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
