// Writes the Helm chart (charts/seldon-usage) and the kustomizations (deploy) from the templates and options that
// `manifests` prints from. `npm run charts`; a test fails where they are stale.
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {manifests, namespaceTemplate, templates} from '../src/manifests/index.ts';
import {defaultOf, type Option, options, type Part, valueName} from '../src/manifests/options.ts';
import {toYaml, yamlOf} from '../src/manifests/print.ts';
import {packageVersion} from '../src/report/version.ts';
import {chartSchema} from './chart-schema.ts';
import {helmTemplate} from './helm-template.ts';

const root = dirname(import.meta.dirname);
const parts: readonly Part[] = ['send', 'serve'];
const made = 'Made by npm run charts from src/manifests; changes here are lost.';

/** What the kustomizations hold until an overlay says otherwise. */
export const examples = {
  send: {image: 'seldon-usage', url: ['https://usage.example.com']},
  serve: {image: 'seldon-usage'},
} as const;

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
        `{{- if $.Values.${part}.enabled }}\n${document(part, templates[part])}{{- end }}\n`,
      ]),
    ),
    [`${chart}/templates/NOTES.txt`]: notes(),
    ...Object.fromEntries(parts.flatMap((part) => Object.entries(kustomization(part)))),
  };
}

function document(part: Part, objects: (typeof templates)[Part]): string {
  return `{{- /* ${made} */}}\n${objects.map((object) => `---\n${helmTemplate(part, object)}`).join('')}`;
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
    'Its dashboard: kubectl -n {{ $.Release.Namespace }} port-forward {{ $.Values.serve.name }}-0 9090',
    '{{- end }}',
    '',
  ].join('\n');
}

function kustomization(part: Part): Record<string, string> {
  const folder = `deploy/${part}`;
  const remarks = [
    made,
    `${what[part]}. In an overlay of your own name the image:`,
    '  resources: [this folder]',
    '  images: [{name: seldon-usage, newName: registry.example.com/seldon-usage, newTag: 0.1.0}]',
    ...(part === 'send'
      ? [
          'and patch the variable SELDON_USAGE_URL of the container send. Leave out the field namespace: it would move the',
          'ConfigMap and the Role of seldon-system too.',
        ]
      : []),
  ];
  const head = remarks.map((line) => `# ${line}\n`).join('');
  return {
    [`${folder}/kustomization.yaml`]: `${head}${yamlOf({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['objects.yaml'],
    })}`,
    [`${folder}/objects.yaml`]: `# ${made}\n${toYaml(manifests(part, examples[part]))}`,
  };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(chartFiles())) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), text);
  }
}
