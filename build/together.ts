import {type BuildOptions, build, type Metafile, type Plugin} from 'esbuild';

/**
 * Has one file hold what a small command loads of ours. esbuild makes a file of each set of modules that the same entries
 * load, and Node takes longer to find and link forty of them than to compile what is in them. What every entry loads is one
 * file, so each is made to load these. Measured: a seventh of the start of `show FILE`.
 *
 * Modules that load more, a library above all, stay where they are: nobody else should wait for that.
 *
 * @param options of the build, with `splitting`
 */
export async function together(options: BuildOptions): Promise<BuildOptions> {
  const {metafile} = await build({...options, metafile: true, write: false});
  const modules = light(ofStart(metafile), metafile);
  const plugin: Plugin = {
    name: 'together',
    setup(build) {
      build.onResolve({filter: /^together$/}, () => ({path: 'together', namespace: 'together'}));
      build.onLoad({filter: /./, namespace: 'together'}, () => ({
        contents: modules.map((path) => `import './${path}';`).join('\n'),
        resolveDir: options.absWorkingDir!,
      }));
    },
  };
  return {...options, plugins: [plugin, ...(options.plugins ?? [])], inject: ['together']};
}

/** Entries of a small command. */
const start = ['src/cli/main.ts', 'src/commands/show.ts'];

/** The modules in all files that a small command loads at once, but for its entries themselves. */
function ofStart({outputs}: Metafile): string[] {
  const loaded = new Set(Object.keys(outputs).filter((file) => start.includes(outputs[file]!.entryPoint ?? '')));
  if (loaded.size < start.length) throw new Error(`The build has no file for one of ${start.join(', ')}`);
  // A set grows while it is walked.
  for (const file of loaded) {
    for (const {kind, path} of outputs[file]!.imports)
      if (kind === 'import-statement' && outputs[path]) loaded.add(path);
  }
  const modules = [...loaded].flatMap((file) => Object.keys(outputs[file]!.inputs));
  return modules.filter((path) => path.startsWith('src/') && !start.includes(path)).sort();
}

/** Ours, a table of a library's, and what of Node is there anyway or as soon as something is printed. */
const small =
  /^(src\/|yaml:|node_modules\/get-east-asian-width\/|builtins:node:(crypto|fs|net|os|path|process|url|util)\?)/;

/** The modules that load nothing that is not small. */
function light(modules: readonly string[], {inputs}: Metafile): string[] {
  const known = new Map<string, boolean>();
  const isLight = (path: string): boolean => {
    if (!known.has(path)) {
      // Until it is known: modules may import each other.
      known.set(path, true);
      const imports = inputs[path]!.imports.filter(({kind, external}) => kind === 'import-statement' && !external);
      known.set(path, small.test(path) && imports.every((one) => isLight(one.path)));
    }
    return known.get(path)!;
  };
  return modules.filter(isLight);
}
