// The test chart: it has the traps of Seldon's own (certificates made at each rendering, objects in kube-system, a large
// CustomResourceDefinition), in the versions and sizes that a test asks for. No text of Seldon's charts is in it.
import {globSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {gzipSync} from 'node:zlib';
import {pack} from 'tar-stream';
import {usageTexts} from './eras.ts';

export interface ChartOptions {
  name?: string;
  version?: string;
  /** `usage_metrics` up to 0.2. */
  parent?: 'usageMetrics' | 'usage_metrics';
  /** Characters of the CustomResourceDefinition, about. */
  crd?: number;
  /** Characters that do not compress, to fill the record. */
  filling?: number;
  rbacVersion?: string;
  annotations?: Record<string, string>;
  /** The era of 0.1 to 0.3: the cluster ID is new at each rendering. */
  randomID?: boolean;
  /** Texts of the usage documents instead of those of the version's era; `PARENT` is the value's parent. */
  usage?: readonly string[];
}

const folder = join(import.meta.dirname, '../fixtures/chart');

/** Writes the chart as an archive into the folder and answers its path. */
export async function writeChart(into: string, options: ChartOptions = {}): Promise<string> {
  const {
    name = 'seldon-core-operator',
    version = '1.18.2',
    parent = 'usageMetrics',
    crd = 40_000,
    filling = 0,
  } = options;
  const files = new Map<string, string>();
  for (const path of globSync(['**/*', '.helmignore'], {cwd: folder}).sort()) {
    if (!/\.[a-z]+$/.test(path)) continue;
    files.set(path, readFileSync(join(folder, path), 'utf8'));
  }
  const metadata = {apiVersion: 'v2', name, version, annotations: options.annotations ?? {}};
  files.set('Chart.yaml', JSON.stringify(metadata));
  files.set('values.yaml', `${files.get('values.yaml')}${parent}:\n  enabled: false\nrbac:\n  enabled: true\n`);
  files.set('templates/crd.yaml', crdText(crd));
  files.set('templates/usage.yaml', usageTemplate(version, parent, options));
  if (filling > 0) files.set('files/filling.txt', words(filling));
  const archive = pack();
  for (const [path, content] of files) archive.entry({name: `${name}/${path}`}, content);
  archive.finalize();
  const path = join(into, `${name}-${version}-${crd}-${filling}.tgz`);
  writeFileSync(path, gzipSync(await buffer(archive)));
  return path;
}

/** The usage documents as the era writes them, but for the APIs, which are those that the test's cluster has. */
function usageTemplate(version: string, parent: string, options: ChartOptions): string {
  const texts =
    options.usage ??
    usageTexts({
      version,
      short: true,
      workload: 'apps/v1',
      rbacVersion: options.rbacVersion ?? 'rbac.authorization.k8s.io/v1',
      ...(options.randomID ? {clusterID: `{{ default uuidv4 .Values.${parent}.clusterid }}`} : {}),
    });
  const body = texts.join('\n---\n').replaceAll('PARENT', parent);
  return `{{- if .Values.${parent}.enabled }}\n${body}\n{{- end }}\n`;
}

/** A CustomResourceDefinition with long folded descriptions, as controller-gen writes them. */
function crdText(size: number): string {
  const lines = [
    'apiVersion: apiextensions.k8s.io/v1',
    'kind: CustomResourceDefinition',
    'metadata:',
    '  annotations:',
    '    controller-gen.kubebuilder.io/version: v0.0.0',
    '  name: seldondeployments.machinelearning.seldon.io',
    'spec:',
    '  group: machinelearning.seldon.io',
    '  names: {kind: SeldonDeployment, listKind: SeldonDeploymentList, plural: seldondeployments, singular: seldondeployment}',
    '  scope: Namespaced',
    '  versions:',
    '  - name: v1',
    '    served: true',
    '    storage: true',
    '    schema:',
    '      openAPIV3Schema:',
    '        type: object',
    '        properties:',
  ];
  const random = randomNumbers();
  for (let i = 0, length = 0; length < size; i++) {
    const text = sentence(random, 24);
    const field = [
      `          field${i}:`,
      `            description: '${text.slice(0, 60)}`,
      `              ${text.slice(60)}'`,
      '            type: string',
    ];
    length += field.join('\n').length;
    lines.push(...field);
  }
  return `${lines.join('\n')}\n`;
}

function words(size: number): string {
  const random = randomNumbers();
  let text = '';
  while (text.length < size) text += `${sentence(random, 12)}\n`;
  return text;
}

function sentence(random: () => number, count: number): string {
  return Array.from({length: count}, () => (random() % 2 ** 30).toString(36)).join(' ');
}

/** The same numbers at every run: xorshift32. */
function randomNumbers(): () => number {
  let state = 2463534242;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
