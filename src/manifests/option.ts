import type {Form} from './checks.ts';
import * as forms from './checks.ts';

/** An option. Its default is the empty text, the empty list, or off, where none is named. */
export interface Option {
  /** Name of the flag; in the values of the chart in camel case. */
  readonly name: string;
  readonly what: string;
  /** A text, a list of them, a list of ports, or on and off. */
  readonly holds: 'text' | 'list' | 'ports' | 'switch';
  readonly form?: Form;
  /** The only values. */
  readonly choices?: readonly string[];
  readonly default?: string | boolean | readonly string[] | readonly number[];
  /** Must be given. */
  readonly needed?: true;
  /** What stands for the value in help: `<name>`. */
  readonly helpValue?: string;
  /** The chart has it once for both parts, at the top of its values. */
  readonly shared?: true;
  /** The chart has no such value: Helm itself has it. */
  readonly helms?: true;
}

/** More ports that the NetworkPolicy lets out. */
export const egressPort: Option = {
  name: 'egress-port',
  what: 'let it dial this port too; networks see that of a pod, not of its Service; repeatable',
  holds: 'ports',
  form: forms.port,
  helpValue: '<port>',
};

/** The two programs that manifests are for. */
export type Part = 'send' | 'serve';

/** What both parts have. */
export const common: readonly Option[] = [
  {
    name: 'image',
    what: 'image that runs; its entry point must be this program',
    holds: 'text',
    form: forms.image,
    needed: true,
    helpValue: '<reference>',
    shared: true,
  },
  {
    name: 'image-pull-secret',
    what: 'Secret to pull the image with; repeatable',
    holds: 'list',
    form: forms.objectName,
    helpValue: '<name>',
    shared: true,
  },
  {
    name: 'fixed-user',
    what: 'run as user and group 65532; else as whom the image or the platform says, as OpenShift wants it',
    holds: 'switch',
    default: true,
    shared: true,
  },
  {
    name: 'namespace',
    what: 'namespace that it runs in',
    holds: 'text',
    form: forms.namespaceName,
    default: 'seldon-usage',
    helpValue: '<name>',
    helms: true,
  },
  {
    name: 'create-namespace',
    what: 'make the namespace too, with the Pod Security level restricted',
    holds: 'switch',
    default: true,
    shared: true,
  },
];

/** The value of an option that was not given. */
export function defaultOf({holds, default: value}: Option): string | boolean | readonly string[] | readonly number[] {
  return value ?? (holds === 'switch' ? false : holds === 'text' ? '' : []);
}

/** The name of an option among the values of the chart. */
export function valueName(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
