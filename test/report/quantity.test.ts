import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {canonicalQuantity, quantityValue} from '../../src/report/quantity.ts';
import vectors from '../fixtures/quantities.json' with {type: 'json'};

function canonicalOrNull(text: string): string | null {
  try {
    return canonicalQuantity(text);
  } catch (error) {
    assert.instance(error, SyntaxError);
    return null;
  }
}

/** Where Kubernetes' own answer is not a quantity, or an accident of its parser: what is answered here, and why. */
const deviations: Record<string, string | null> = {
  // Kubernetes has no suffix beyond E and writes none, which makes the value 10^21 times smaller.
  '1000E': '1000E',
  '10000E': '10000E',
  // Exponents of more than three digits would be computed in full.
  '1e1000': null,
  '1e-1000': null,
  '1e99999999999': null,
  '0e1000': null,
  // No digit at all: the documented grammar wants one, the parser takes it for zero.
  ...Object.fromEntries(['-', '+', '.', '-.', 'Ki', 'm', 'e3', 'E', '.e3'].map((text) => [text, null])),
};

test('the canonical form is that of Kubernetes, for every vector', () => {
  const cases = vectors.cases as [string, string | null][];
  assert.ok(cases.length > 500);
  for (const [text, canonical] of cases) {
    const expected = Object.hasOwn(deviations, text) ? deviations[text] : canonical;
    assert.is(canonicalOrNull(text), expected, JSON.stringify(text));
  }
});

const values: [text: string, value: number][] = [
  ['0', 0],
  ['4', 4],
  ['500m', 0.5],
  ['1k', 1000],
  ['15405960Ki', 15775703040],
  ['1Gi', 2 ** 30],
  ['-2Mi', -(2 ** 21)],
  ['1e3', 1000],
  ['1n', 1e-9],
];
for (const [text, value] of values) {
  test(`the value of ${text} is ${value}`, () => assert.is(quantityValue(text), value));
}

test('a text longer than any quantity is refused', () => {
  assert.throws(() => canonicalQuantity('1'.repeat(1_000_000)), /not a Kubernetes quantity/);
  assert.throws(() => quantityValue('x'), SyntaxError);
});

test('the canonical form of a canonical form is itself, and has the same value', () => {
  const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'Ki', 'Mi', 'Gi', 'e3', 'e-3', 'e9');
  const quantity = fc.tuple(fc.integer({min: -(10 ** 9), max: 10 ** 9}), fc.nat(999), suffix);
  fc.assert(
    fc.property(quantity, ([whole, fraction, suffix]) => {
      const canonical = canonicalQuantity(`${whole}.${fraction}${suffix}`);
      assert.is(canonicalQuantity(canonical), canonical);
    }),
  );
});

test.run();
