import {type Given, type KubeObject, manifests, type Part} from '../manifests/index.ts';
import {toList, toYaml} from '../manifests/print.ts';

/** What is printed before the objects, for who reads them in Git. */
const heads: Readonly<Record<Part, readonly string[]>> = {
  send: [
    'Sends usage reports of this cluster; what is in one: seldon-usage show.',
    'Nothing is sent where a ConfigMap seldon-usage in seldon-system or kube-system has the key reporting.',
  ],
  serve: ['Collects usage reports; its dashboard and statistics are for whoever runs it.'],
};

/**
 * What runs a part in a cluster. Nothing is applied, and no cluster is asked.
 *
 * @throws {UserError} usage, if an option can't be used
 */
export function manifestsOf(part: Part, given: Given): {objects: KubeObject[]; yaml: string; list: object} {
  const objects = manifests(part, given);
  const head = heads[part].map((line) => `# ${line}\n`).join('');
  return {objects, yaml: head + toYaml(objects), list: toList(objects)};
}
