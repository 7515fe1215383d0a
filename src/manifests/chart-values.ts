// The same options as values of the chart, in the places where tools that deploy from Git have them.
import type {Given} from './index.ts';
import {defaultOf, options, type Part, valueName} from './options.ts';

/** Who installs the chart: Helm with a file of values, Flux, Argo CD, or the Helm controller of k3s and RKE2. */
export const installers = ['file', 'flux', 'argocd', 'k3s'] as const;
export type Installer = (typeof installers)[number];

/** The values of the chart that make the objects of a part with these options; what was not given is the chart's default. */
export function chartValues(part: Part, given: Given): Record<string, unknown> {
  // Of both parts the chart has `send` on.
  const own: Record<string, unknown> = part === 'send' ? {} : {enabled: true};
  const shared: Record<string, unknown> = {};
  for (const option of options[part]) {
    const value = given[option.name];
    if (value === undefined || option.helms) continue;
    const shape = option.holds === 'ports' ? (value as readonly unknown[]).map(Number) : value;
    (option.shared ? shared : own)[valueName(option.name)] = shape;
  }
  return {...shared, ...(part === 'serve' ? {send: {enabled: false}} : {}), [part]: own};
}

/** What an installer is told: where it stands, for people, and the fields to write there. */
export interface Edit {
  readonly where: string;
  readonly fields: object;
}

/**
 * The edit that has an installer make the objects of a part.
 *
 * @param given checked by `manifests` before
 * @param write a value as YAML
 */
export function chartEdit(part: Part, given: Given, installer: Installer, write: (value: unknown) => string): Edit {
  const values = chartValues(part, given);
  const namespace = String(given.namespace ?? defaultOf(options[part].find(({name}) => name === 'namespace')!));
  switch (installer) {
    case 'file':
      return {
        where: [
          `A file of values: helm upgrade --install ${part === 'send' ? 'usage' : 'usage-collector'} charts/seldon-usage --namespace ${namespace} --create-namespace --values FILE`,
          ...(part === 'send' && given['id-config-map'] !== false
            ? ['with --take-ownership (Helm 3.17) where the ConfigMap seldon-usage is there already']
            : []),
        ].join(', '),
        fields: values,
      };
    case 'flux':
      return {
        where: 'In Git, in the HelmRelease of the chart seldon-usage:',
        fields: {spec: {targetNamespace: namespace, install: {createNamespace: true}, values}},
      };
    case 'argocd':
      return {
        where:
          'In Git, in the Application of the chart seldon-usage (parameters win over valuesObject, that over values and files):',
        fields: {
          spec: {
            destination: {namespace},
            source: {helm: {valuesObject: values}},
            syncPolicy: {syncOptions: ['CreateNamespace=true']},
          },
        },
      };
    case 'k3s':
      return {
        where: 'In the HelmChart of the chart seldon-usage (a HelmChartConfig of the same name wins):',
        fields: {spec: {targetNamespace: namespace, createNamespace: true, valuesContent: write(values)}},
      };
  }
}
