// The schema of the chart's values: what `manifests` refuses of a flag, Helm refuses of a value.
import {defaultOf, type Option, options, type Part, valueName} from '../src/manifests/options.ts';
import {rules} from '../src/manifests/rules.ts';
import type {Test} from '../src/manifests/template.ts';

type Schema = Record<string, unknown>;

/** The schema as data: draft 7, which both Helms know. */
export function chartSchema(): Schema {
  const shared = options.send.filter((option) => option.shared);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties: {
      global: {type: 'object'},
      ...properties(shared),
      send: section('send', [
        {
          if: {properties: {allowHttp: {const: false}}},
          // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
          then: {properties: {url: {items: {pattern: '^https:'}}}},
        },
      ]),
      serve: section('serve', []),
    },
    required: shared.filter(({needed}) => needed).map(({name}) => valueName(name)),
  };
}

function section(part: Part, more: readonly Schema[]): Schema {
  const own = options[part].filter((option) => !option.shared && !option.helms);
  const needed = own.filter((option) => option.needed).map(({name}) => isGiven(part, name));
  return {
    type: 'object',
    additionalProperties: false,
    properties: {enabled: {type: 'boolean'}, ...properties(own)},
    allOf: [
      ...(needed.length > 0
        ? // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
          [{if: {properties: {enabled: {const: true}}}, then: {allOf: needed}}]
        : []),
      ...rules[part].map(({if: test, needs, not}) => {
        const given = isGiven(part, needs);
        // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
        return {if: testSchema(part, test), then: not ? {not: given} : given};
      }),
      ...more,
    ],
  };
}

function properties(all: readonly Option[]): Schema {
  return Object.fromEntries(all.map((option) => [valueName(option.name), schemaOf(option)]));
}

function schemaOf(option: Option): Schema {
  const {holds, form, choices, needed} = option;
  if (holds === 'switch') return {type: 'boolean'};
  if (holds === 'ports') {
    const some = (defaultOf(option) as readonly number[]).length > 0 ? {minItems: 1} : {};
    return {type: 'array', ...some, items: {type: 'integer', minimum: 1, maximum: 65_535}};
  }
  if (choices) return {enum: choices};
  const text = {type: 'string', pattern: form!.pattern, maxLength: form!.longest};
  if (holds === 'list') return {type: 'array', items: text};
  // What need not be given is empty by default.
  return defaultOf(option) === '' && !needed ? {anyOf: [{const: ''}, text]} : text;
}

function isGiven(part: Part, name: string): Schema {
  const {holds} = options[part].find((option) => option.name === name)!;
  const there = holds === 'switch' ? {const: true} : holds === 'text' ? {minLength: 1} : {minItems: 1};
  return {required: [valueName(name)], properties: {[valueName(name)]: there}};
}

function testSchema(part: Part, test: Test): Schema {
  if ('given' in test) return isGiven(part, test.given);
  if ('any' in test) return {anyOf: test.any.map((one) => testSchema(part, one))};
  if ('not' in test) return {not: testSchema(part, test.not)};
  return {required: [valueName(test.option)], properties: {[valueName(test.option)]: {const: test.is}}};
}
