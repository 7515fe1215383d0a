import {clean} from '../foreign.ts';
import {padColumns} from '../host/text-width.ts';
import type {Configured} from '../operations/config.ts';
import {wrap} from './wrap.ts';

/** Every setting with its value and where it comes from, for people. */
export function renderConfig(
  {path, settings}: {readonly path?: string; readonly settings: readonly Configured[]},
  width: number,
): string {
  const longest = Math.max(...settings.map(({name}) => name.length));
  const lines = settings.flatMap(({name, value, origin}) => {
    const shown = value === undefined ? 'not set' : typeof value === 'string' ? value : value.join(', ');
    return wrap(
      `${padColumns(name, longest)}  `,
      `${clean(shown, 500)}${origin ? ` (${origins[origin]})` : ''}`,
      width,
    );
  });
  const file =
    path === undefined
      ? 'There is no place for a file: neither XDG_CONFIG_HOME nor HOME is set.'
      : `The file is ${clean(path, 500)}`;
  return `${[...lines, '', ...wrap('', file, width, 'keep')].join('\n')}\n`;
}

const origins = {flag: 'a flag', variable: 'the environment', file: 'the file', default: 'the default'};
