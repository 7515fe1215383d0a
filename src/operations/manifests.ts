import {chartEdit, type Installer} from '../manifests/chart-values.ts';
import {type Given, manifests, type Part} from '../manifests/index.ts';
import {toList, toYaml, yamlOf} from '../manifests/print.ts';

/** What is printed before the objects, for who reads them in Git. */
const heads: Readonly<Record<Part, readonly string[]>> = {
  send: [
    'Sends usage reports of this cluster; what is in one: seldon-usage show.',
    'Nothing is sent where a ConfigMap seldon-usage in seldon-system or kube-system has the key reporting.',
  ],
  serve: ['Collects usage reports; its dashboard and statistics are for whoever runs it.'],
};

/** What is printed: a text, and the same for programs. */
export interface Printed {
  readonly yaml: string;
  readonly json: object;
}

/**
 * What runs a part in a cluster. Nothing is applied, and no cluster is asked.
 *
 * @param installer prints the edit that has it make the same objects from the chart, instead of the objects
 * @throws {UserError} usage, if an option can't be used
 */
export function manifestsOf(part: Part, given: Given, installer?: Installer): Printed {
  const objects = manifests(part, given);
  if (installer === undefined) {
    const head = heads[part].map((line) => `# ${line}\n`).join('');
    return {yaml: head + toYaml(objects), json: toList(objects)};
  }
  const {where, fields} = chartEdit(part, given, installer, yamlOf);
  return {yaml: `# ${where}\n${yamlOf(fields)}`, json: fields};
}
