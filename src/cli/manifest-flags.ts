import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import type {Given} from '../manifests/index.ts';
import {defaultOf, type Option, options, type Part} from '../manifests/options.ts';

/** The flags of `manifests send` or `manifests serve`, made from the table of their options. */
export function manifestFlags(part: Part): Interfaces.FlagInput {
  return Object.fromEntries(options[part].map((option) => [option.name, flagOf(option)]));
}

function flagOf(option: Option) {
  const {name, holds, placeholder = '<value>', choices, needed} = option;
  const preset = defaultOf(option);
  const shown = Array.isArray(preset) ? preset.join(', ') : String(preset);
  const description = `${option.what}${holds !== 'switch' && shown !== '' ? ` (default: ${shown})` : ''}`;
  if (holds === 'switch') {
    return preset === true
      ? Flags.boolean({description: `${option.what} (default; --no-${name}: do not)`, allowNo: true})
      : Flags.boolean({description});
  }
  const common = {
    description,
    required: needed === true,
    ...(choices ? {options: [...choices]} : {helpValue: placeholder}),
  };
  return holds === 'text' ? Flags.string(common) : Flags.string({...common, multiple: true, multipleNonGreedy: true});
}

/** What the flags say. */
export function givenOf(part: Part, flags: Readonly<Record<string, unknown>>): Given {
  return Object.fromEntries(options[part].map(({name}) => [name, flags[name] as Given[string]]));
}
