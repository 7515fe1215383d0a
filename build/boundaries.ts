// Checks the import directions of ARCHITECTURE.md with dependency-cruiser, and that it saw the files at all: without a
// TypeScript parser that it knows it reports no modules, no violations, and success.
import {globSync} from 'node:fs';
import {resolve} from 'node:path';
import {cruise, type ICruiseResult} from 'dependency-cruiser';

/** What a folder of src may import besides itself. Types may be imported by commands, cli and render from anywhere. */
const shared = ['report', 'settings', 'errors', 'foreign', 'host'];
export const allowed: Record<string, string[]> = {
  report: [],
  settings: ['report', 'errors', 'foreign', 'host'],
  errors: ['report'],
  foreign: ['report'],
  host: ['errors', 'foreign'],
  cluster: shared,
  delivery: shared,
  consent: shared,
  helm: [...shared, 'cluster'],
  collector: shared,
  manifests: shared,
  render: shared,
  operations: [...shared, 'cluster', 'delivery', 'consent', 'helm', 'collector', 'manifests'],
  cli: [...shared, 'render', 'manifests'],
  commands: [...shared, 'cli', 'operations', 'render'],
};

/** Each outside library and the folders of src that may import it. */
export const owners: Record<string, string[]> = {
  '@kubernetes/client-node': ['cluster'],
  socks: ['cluster'],
  got: ['delivery'],
  chalk: ['render'],
  'cli-table3': ['render'],
  'get-east-asian-width': ['host'],
  'prom-client': ['collector'],
  '@clickhouse/client': ['collector'],
  '@google-cloud/bigquery': ['collector'],
  'ipaddr.js': ['collector'],
  uplot: ['collector'],
  '@oclif/core': ['cli', 'commands'],
  pg: ['collector/store/postgres'],
};

const place = (name: string) => `^src/${name}([.]ts$|/)`;

export const rules = [
  ...Object.entries(allowed).map(([folder, others]) => ({
    name: `${folder}-imports`,
    comment: `src/${folder} may import ${others.join(', ') || 'nothing of ours'}`,
    severity: 'error' as const,
    from: {path: place(folder)},
    to: {
      path: '^src/',
      pathNot: [folder, ...others].map(place).join('|'),
      ...(['cli', 'commands', 'render'].includes(folder) ? {dependencyTypesNot: ['type-only' as const]} : {}),
    },
  })),
  ...Object.entries(owners).map(([library, folders]) => ({
    name: `owner-of-${library}`,
    comment: `only ${folders.join(', ')} may import ${library}`,
    severity: 'error' as const,
    from: {path: '^src/', pathNot: folders.map(place).join('|')},
    to: {path: `node_modules/${library}/`},
  })),
  {
    name: 'engine',
    comment: 'an engine is known by its face alone',
    severity: 'error' as const,
    from: {path: '^src/', pathNot: '^src/collector/store/'},
    to: {path: '^src/collector/store/[^/]+/'},
  },
  {
    name: 'owner-of-node:sqlite',
    comment: 'only the SQLite engine and the kernel lock may import node:sqlite',
    severity: 'error' as const,
    from: {path: '^src/', pathNot: '^src/(collector/store/sqlite/|host/kernel-lock[.]ts$)'},
    to: {path: '^(node:)?sqlite$'},
  },
  {name: 'no-cycles', severity: 'error' as const, from: {path: '^src/'}, to: {circular: true}},
];

/** Violations of the rules as lines, and the files of ours that were seen. */
export async function boundaries(baseDir = '.'): Promise<{violations: string[]; modules: Set<string>}> {
  const {output} = await cruise(
    ['src'],
    {
      baseDir: resolve(baseDir),
      ruleSet: {forbidden: rules},
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: {path: 'node_modules'},
      parser: 'swc',
    },
    {},
    {},
  );
  const {modules, summary} = output as ICruiseResult;
  return {
    violations: summary.violations.map(({rule, from, to}) => `${rule.name}: ${from} → ${to}`),
    modules: new Set(modules.map(({source}) => source)),
  };
}

/** The files that the check has to see: all sources but declarations. */
export function sources(): string[] {
  return globSync('src/**/*.ts').filter((file) => !file.endsWith('.d.ts'));
}

if (import.meta.main) {
  const {violations, modules} = await boundaries();
  const unseen = sources().filter((file) => !modules.has(file));
  for (const line of violations) console.error(line);
  for (const file of unseen) console.error(`the import check does not see ${file}`);
  if (violations.length + unseen.length === 0) console.error(`imports of ${modules.size} modules: in order`);
  else process.exitCode = 1;
}
