import type {Plugin} from 'esbuild';
import * as yaml_ from 'yaml';

/**
 * Has the parser of YAML, which is CommonJS, evaluated at its first use: every command can read the user's file of settings,
 * and few people have one. Its bundle would otherwise run all seventy modules of it wherever it is imported. Each name is
 * a getter that esbuild hands on.
 */
export const yaml: Plugin = {
  name: 'yaml',
  setup(build) {
    build.onResolve({filter: /^yaml$/}, ({kind, resolveDir}) =>
      kind === 'import-statement' ? {path: 'yaml', namespace: 'yaml', pluginData: resolveDir} : undefined,
    );
    build.onLoad({filter: /./, namespace: 'yaml'}, ({pluginData}) => ({
      contents: Object.keys(yaml_)
        .filter((name) => name !== 'default')
        .map(
          (name) =>
            `Object.defineProperty(exports, '${name}', {enumerable: true, get: () => require('yaml').${name}});`,
        )
        .join('\n'),
      resolveDir: pluginData as string,
    }));
  },
};
