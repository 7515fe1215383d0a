import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {type Installer, installers} from '../manifests/chart-values.ts';
import type {Given} from '../manifests/index.ts';
import {defaultOf, type Option, options, type Part} from '../manifests/options.ts';

/** The flags of `manifests send` or `manifests serve`, made from the table of their options. */
export function manifestFlags(part: Part): Interfaces.FlagInput {
  return {
    ...Object.fromEntries(options[part].map((option) => [option.name, flagOf(option)])),
    'values-for': Flags.option({options: installers})({
      description:
        'print values of the chart charts/seldon-usage instead: for a file, a HelmRelease of Flux, an Application of Argo CD, a HelmChart of k3s',
    }),
  };
}

function flagOf(option: Option) {
  const {name, holds, helpValue = '<value>', choices, needed} = option;
  const preset = defaultOf(option);
  const shown = Array.isArray(preset) ? preset.join(', ') : String(preset);
  const description = `${needed ? 'needed: ' : ''}${option.what}${holds !== 'switch' && shown !== '' ? ` (default: ${shown})` : ''}`;
  if (holds === 'switch') {
    return preset === true
      ? Flags.boolean({description: `${option.what} (default; --no-${name}: do not)`, allowNo: true})
      : Flags.boolean({description});
  }
  const common = {
    description,
    ...(choices ? {options: [...choices]} : {helpValue}),
  };
  return holds === 'text' ? Flags.string(common) : Flags.string({...common, multiple: true, multipleNonGreedy: true});
}

/** What the flags say. */
export function givenOf(part: Part, flags: Readonly<Record<string, unknown>>): Given {
  return Object.fromEntries(options[part].map(({name}) => [name, flags[name] as Given[string]]));
}

/** Whose edit is wanted. */
export function installerOf(flags: Readonly<Record<string, unknown>>): Installer | undefined {
  return flags['values-for'] as Installer | undefined;
}
