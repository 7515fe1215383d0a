import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type BuildOptions, build, type Metafile, type Plugin} from 'esbuild';

/**
 * Has one file hold what a small command loads of ours, and two more what is loaded besides to read a cluster. esbuild makes a
 * file of each set of modules that the same entries load, and Node takes longer to find and link forty of them than to compile
 * what is in them. What every entry loads is one file, so each is made to load the first, and who loads one module of another
 * group, all of that. Measured: a seventh of the start of `show FILE`, and of what `collect` takes until its first request.
 *
 * Modules that load more, a library above all, stay where they are: nobody else should wait for that.
 *
 * @param options of the build, with `splitting`
 */
export async function together(options: BuildOptions): Promise<BuildOptions> {
  const {metafile} = await build({...options, metafile: true, write: false});
  const groups = groupsOf(metafile);
  const folder = options.absWorkingDir!;
  const loads = new Map<string, string[]>();
  for (const [name, {entries}] of Object.entries(groups))
    for (const entry of entries) loads.set(join(folder, entry), [...(loads.get(join(folder, entry)) ?? []), name]);
  const plugin: Plugin = {
    name: 'together',
    setup(build) {
      build.onResolve({filter: /^together:/}, ({path}) => ({path, namespace: 'together'}));
      build.onLoad({filter: /./, namespace: 'together'}, ({path}) => ({
        contents: groups[path]!.modules.map((module) => `import './${module}';`).join('\n'),
        resolveDir: folder,
      }));
      build.onLoad({filter: /\.ts$/}, ({path}) => {
        const names = loads.get(path);
        if (!names) return undefined;
        // At the end: source maps tell the lines as they are.
        const contents = [readFileSync(path, 'utf8'), ...names.map((name) => `import '${name}';`)].join('\n');
        return {contents, loader: 'ts'};
      });
    },
  };
  return {...options, plugins: [plugin, ...(options.plugins ?? [])], inject: ['together:start']};
}

/** Modules that are one file, and the entries that are made to load all of them; of the first every file is. */
interface Group {
  readonly modules: readonly string[];
  readonly entries: readonly string[];
}

function groupsOf(metafile: Metafile): Record<string, Group> {
  const start = light(loadedBy(startEntries, metafile), metafile);
  const rest = light(loadedBy(clusterEntries, metafile), metafile).filter((path) => !start.includes(path));
  const [host, cluster] = [true, false].map((is) => rest.filter((path) => path.startsWith('src/host/') === is));
  return {
    'together:start': {modules: start, entries: []},
    'together:host': {modules: host!, entries: entriesThatLoad(host!, metafile)},
    // What is of neither is loaded by those that load something of a cluster, and by few others.
    'together:cluster': {
      modules: cluster!,
      entries: entriesThatLoad(
        cluster!.filter((path) => path.startsWith('src/cluster/')),
        metafile,
      ),
    },
  };
}

/** Entries of a small command. */
const startEntries = ['src/cli/main.ts', 'src/commands/show.ts'];

/** Entries that are loaded to read a cluster. */
const clusterEntries = ['src/commands/collect.ts', 'src/cluster/connection/connect.ts'];

/** Completes what somebody types, and loads as little as it can. */
const completion = 'src/operations/known-names.ts';

/** The modules in all files that these entries load at once, but for the entries themselves. */
function loadedBy(entries: readonly string[], {outputs}: Metafile): string[] {
  const loaded = new Set(Object.keys(outputs).filter((file) => entries.includes(outputs[file]!.entryPoint ?? '')));
  if (loaded.size < entries.length) throw new Error(`The build has no file for one of ${entries.join(', ')}`);
  // A set grows while it is walked.
  for (const file of loaded) {
    for (const {kind, path} of outputs[file]!.imports)
      if (kind === 'import-statement' && outputs[path]) loaded.add(path);
  }
  const modules = [...loaded].flatMap((file) => Object.keys(outputs[file]!.inputs));
  return modules.filter((path) => path.startsWith('src/') && !entries.includes(path)).sort();
}

/** The entries that load one of these modules at once. */
function entriesThatLoad(modules: readonly string[], metafile: Metafile): string[] {
  return Object.values(metafile.outputs)
    .flatMap(({entryPoint = completion}) => (entryPoint === completion ? [] : [entryPoint]))
    .filter((entry) => [entry, ...loadedBy([entry], metafile)].some((path) => modules.includes(path)));
}

/** Ours, small libraries, and what of Node is there anyway or as soon as something is printed. */
const small =
  /^(src\/|yaml:|node_modules\/(get-east-asian-width|pbf)\/|builtins:node:(crypto|fs|net|os|path|process|stream\/promises|timers\/promises|url|util)\?)/;

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
