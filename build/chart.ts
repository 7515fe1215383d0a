// Writes the Helm chart (charts/seldon-usage) and the kustomizations (deploy) from the templates and options that
// `manifests` prints from. `npm run charts`; a test fails where they are stale.
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type Given, manifests, namespaceTemplate, templates} from '../src/manifests/index.ts';
import {defaultOf, type Option, options, type Part, valueName} from '../src/manifests/options.ts';
import {toYaml, yamlOf} from '../src/manifests/print.ts';
import {packageVersion} from '../src/report/version.ts';
import {chartSchema} from './chart-schema.ts';
import {egressPorts, helmTemplate} from './helm-template.ts';

const root = dirname(import.meta.dirname);
const parts: readonly Part[] = ['send', 'serve'];
const made = 'Made by npm run charts from src/manifests; changes here are lost.';

interface Kustomization {
  readonly part: Part;
  readonly given: Given;
  /** What else an overlay says, for whoever writes one. */
  readonly remarks: readonly string[];
}

const url = 'https://usage.example.com';
const morePorts = [
  'Another port is let out by this:',
  `  patches: [{target: {kind: NetworkPolicy}, patch: '${JSON.stringify([
    {op: 'add', path: '/spec/egress/1/ports/-', value: {protocol: 'TCP', port: 8443}},
  ])}'}]`,
];

/** The kustomizations by their folders, with what they hold until an overlay says otherwise. */
export const kustomizations: Readonly<Record<string, Kustomization>> = {
  send: {
    part: 'send',
    given: {image: 'seldon-usage', url: [url]},
    remarks: [
      'and patch the variable SELDON_USAGE_URL of the container send. Leave out the field namespace: it would move the',
      'ConfigMap and the Role of seldon-system too.',
      ...morePorts,
    ],
  },
  serve: {part: 'serve', given: {image: 'seldon-usage'}, remarks: []},
  'serve-also': {
    part: 'serve',
    given: {image: 'seldon-usage', also: [url]},
    remarks: [
      'and patch the variable SELDON_USAGE_ALSO of the container serve: what reports are passed on to.',
      ...morePorts,
    ],
  },
};

const what: Readonly<Record<Part, string>> = {
  send: 'Send usage reports of this cluster',
  serve: 'Collect usage reports',
};

/** Every file with its text, by its path from the root of the repository. */
export function chartFiles(): Record<string, string> {
  const chart = 'charts/seldon-usage';
  return {
    [`${chart}/Chart.yaml`]: `# ${made}\n${yamlOf({
      apiVersion: 'v2',
      name: 'seldon-usage',
      description: 'Send usage reports of a cluster that runs Seldon Core, or collect them',
      type: 'application',
      version: packageVersion,
      appVersion: packageVersion,
    })}`,
    [`${chart}/values.yaml`]: valuesFile(),
    [`${chart}/values.schema.json`]: `${JSON.stringify(chartSchema(), null, 2)}\n`,
    [`${chart}/templates/namespace.yaml`]: document('send', [namespaceTemplate]),
    ...Object.fromEntries(
      parts.map((part) => [
        `${chart}/templates/${part}.yaml`,
        `{{- if $.Values.${part}.enabled }}\n${document(part, templates[part], egressPorts(part))}{{- end }}\n`,
      ]),
    ),
    [`${chart}/templates/NOTES.txt`]: notes(),
    ...Object.fromEntries(
      Object.entries(kustomizations).flatMap(([name, one]) => Object.entries(kustomization(name, one))),
    ),
  };
}

function document(part: Part, objects: (typeof templates)[Part], before = ''): string {
  return `{{- /* ${made} */}}\n${before}${objects.map((object) => `---\n${helmTemplate(part, object)}`).join('')}`;
}

/** How an option is told of in the values: by their names. */
function told({what: text}: Option): string {
  return text.replace(/; repeatable$/, '').replace(/--([a-z][-a-z]*)/g, (_, name: string) => valueName(name));
}

function valueLines(all: readonly Option[], preset: (option: Option) => unknown): string {
  return all
    .map(
      (option) =>
        `# ${told(option)}${option.choices ? `: ${option.choices.join(', ')}` : ''}\n${yamlOf({[valueName(option.name)]: preset(option)})}`,
    )
    .join('');
}

function valuesFile(): string {
  const shared = options.send.filter((option) => option.shared);
  // Helm makes the namespace with --create-namespace; a chart that holds its own could not be installed.
  const top = valueLines(shared, (option) => (option.name === 'create-namespace' ? false : defaultOf(option)));
  const sections = parts.map((part) => {
    const own = options[part].filter((option) => !option.shared && !option.helms);
    const lines = `# ${what[part]}\nenabled: ${part === 'send'}\n${valueLines(own, defaultOf)}`;
    return `${part}:\n${lines.replace(/^(?=.)/gm, '  ')}`;
  });
  return `# ${made}\n\n${[top, ...sections].join('\n')}`;
}

function notes(): string {
  return [
    '{{- if $.Values.send.enabled }}',
    'Usage reports of this cluster are sent to {{ join ", " $.Values.send.url }}.',
    'To forbid it for everybody, whoever else sends them:',
    '  kubectl -n {{ $.Values.send.seldonNamespace }} patch configmap seldon-usage --type merge -p \'{"data":{"reporting":"never"}}\'',
    '{{- end }}',
    '{{- if $.Values.serve.enabled }}',
    'The collector takes reports at the Service {{ $.Values.serve.name }}.',
    '{{- $workload := ternary "deployment" "statefulset" (ne $.Values.serve.postgresSecret "") }}',
    'Its dashboard, at http://127.0.0.1:9090/ then:',
    '  kubectl -n {{ $.Release.Namespace }} port-forward {{ $workload }}/{{ $.Values.serve.name }} 9090',
    '{{- end }}',
    '',
  ].join('\n');
}

function kustomization(name: string, {part, given, remarks}: Kustomization): Record<string, string> {
  const folder = `deploy/${name}`;
  const lines = [
    made,
    `${what[part]}${given.also ? ', and pass them on' : ''}. In an overlay of your own name the image:`,
    '  resources: [this folder]',
    '  images: [{name: seldon-usage, newName: registry.example.com/seldon-usage, newTag: 0.1.0}]',
    ...remarks,
  ];
  const head = lines.map((line) => `# ${line}\n`).join('');
  return {
    [`${folder}/kustomization.yaml`]: `${head}${yamlOf({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['objects.yaml'],
    })}`,
    [`${folder}/objects.yaml`]: `# ${made}\n${toYaml(manifests(part, given))}`,
  };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(chartFiles())) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), text);
  }
}
