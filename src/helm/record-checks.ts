import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {readManifest, requireUnambiguous} from './documents.ts';
import type {Chart} from './record.ts';
import type {FoundRelease} from './releases.ts';

/**
 * Refuses a record that would have Helm do something else than it says: before anything is rendered, since a record is
 * written by whoever may write Secrets in its namespace.
 *
 * @throws {UserError} release, with everything that is wrong
 */
export function requireSafeRecord(release: FoundRelease): void {
  const {record, name, namespace} = release;
  const problems = [
    ...(record.name === name && record.namespace === namespace && record.version === release.revisions[0]?.version
      ? []
      : [
          `it says that it is revision ${record.version} of ${record.namespace}/${record.name}, and is kept as revision ${release.revisions[0]?.version} of ${namespace}/${name}`,
        ]),
    ...chartProblems(record.chart),
  ];
  if (problems.length > 0) throw unsafe(release, problems);
  const documents = readManifest(record.manifest);
  for (const document of documents) requireUnambiguous(document);
  for (const {manifest} of record.hooks ?? []) for (const hook of readManifest(manifest)) requireUnambiguous(hook);
  const foreign = documents.filter(({kind, namespace: place = namespace}) => kind === 'Secret' && place !== namespace);
  if (foreign.length > 0)
    throw unsafe(
      release,
      foreign.map((secret) => `its manifest holds Secret ${secret.namespace}/${secret.name}, in another namespace`),
    );
}

function unsafe({namespace, name, record}: FoundRelease, problems: readonly string[]): UserError {
  return new UserError(
    'release',
    `The record of ${clean(`${namespace}/${name}`)}, revision ${clean(record.version, 20)}, is not one that Helm makes: it is not used.`,
    {
      suggestions: [
        ...problems.slice(0, 12).map((problem) => clean(problem)),
        'Somebody may have written it by hand: who may write Secrets and ConfigMaps in its namespace?',
      ],
    },
  );
}

/** What is wrong with the files of a chart, one clause each. */
export function chartProblems({templates, files, schema}: Pick<Chart, 'templates' | 'files' | 'schema'>): string[] {
  const names = [...(templates ?? []), ...(files ?? [])].map(({name}) => name);
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const name of names) {
    const folded = name.normalize('NFC').toLowerCase();
    const problem = nameProblem(name, folded) ?? (seen.has(folded) ? 'is there twice' : undefined);
    if (problem) problems.push(`its file ${JSON.stringify(name)} ${problem}`);
    seen.add(folded);
  }
  return [...problems, ...(schema ? schemaProblems(schema) : [])];
}

/** Files that Helm's loader takes for parts of the chart which the record has elsewhere (pkg/chart/loader of Helm). */
const reserved = /^(?:chart\.yaml|values\.yaml|values\.schema\.json|charts(?:\/.*)?)$/;

function nameProblem(name: string, folded: string): string | undefined {
  if (/[\0-\x1f\x7f\\]/.test(name)) return 'has a character that no file of a chart has';
  if (/^[a-z]:/i.test(name) || name.split('/').some((part) => ['', '.', '..'].includes(part)))
    return 'leads out of the chart, or is written in a roundabout way';
  // A trailing dot or space is none for some file systems.
  return reserved.test(folded.replace(/[. ]+(?=\/|$)/g, ''))
    ? 'takes the place of another part of the chart'
    : undefined;
}

/** Metaschemas that every validator has built in. */
const metaschema = /^https?:\/\/json-schema\.org\/(?:draft-0[3-7]|draft\/20(?:19-09|20-12))\/schema#?$/;

/** Keywords by which a schema leads to another one. */
const references = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

/** A schema that leads elsewhere is fetched from wherever Helm runs, by whoever runs it. */
function schemaProblems(encoded: string): string[] {
  let schema: unknown;
  try {
    schema = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    return ['its schema of the values is not JSON'];
  }
  const problems: string[] = [];
  const open: unknown[] = [schema];
  for (let value = open.pop(); open.length > 0 || value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (leadsElsewhere(key, child)) problems.push(`its schema of the values has ${key} ${JSON.stringify(child)}`);
      open.push(child);
    }
  }
  return problems;
}

function leadsElsewhere(key: string, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (references.has(key)) return !value.startsWith('#') && value !== '';
  if (key === '$schema') return !metaschema.test(value);
  if (key === '$id') return !value.startsWith('#');
  // The keyword of draft 4, and a common name of a value too.
  return key === 'id' && /^[a-z][a-z\d+.-]*:|^\/\//i.test(value);
}
