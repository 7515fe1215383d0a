import {type BuildOptions, build as bundle, type Metafile, type Plugin} from 'esbuild';
import * as yaml_ from 'yaml';

/** As the program's files ask for the parser wherever they lie: package.json says which file it is. */
const name = '#yaml';

/**
 * Has the parser of YAML a file of its own that is loaded at its first use: every command can read the user's file of
 * settings, and few people have one. Each name is a getter that esbuild hands on.
 */
export const yaml: Plugin = {
  name: 'yaml',
  setup(build) {
    build.onResolve({filter: /^yaml$/}, ({kind}) =>
      kind === 'import-statement' ? {path: 'yaml', namespace: 'yaml'} : undefined,
    );
    build.onResolve({filter: new RegExp(`^${name}$`)}, () => ({path: name, external: true}));
    build.onLoad({filter: /./, namespace: 'yaml'}, () => ({
      contents: Object.keys(yaml_)
        .filter((key) => key !== 'default')
        .map(
          (key) =>
            `Object.defineProperty(exports, '${key}', {enumerable: true, get: () => require('${name}').${key}});`,
        )
        .join('\n'),
    }));
  },
};

/** Builds that file. */
export async function buildYaml(options: BuildOptions): Promise<Metafile> {
  const {metafile} = await bundle({
    ...options,
    entryPoints: {yaml: 'yaml'},
    format: 'cjs',
    outExtension: {'.js': '.cjs'},
  });
  return metafile!;
}
