import {isObject} from '../../foreign.ts';

/** What a field of a kubeconfig holds. */
type Holds = 'string' | 'boolean' | 'base64' | 'strings' | 'pairs' | 'lists' | 'any' | Fields | readonly [Fields];
interface Fields {
  readonly [field: string]: Holds;
}

/** What tools leave for themselves; of any content, but no two of one name. */
const extensions = [{name: 'string', extension: 'any'}] as const;

/** The fields beside the lists, which mean nothing here and whose types client-go checks. */
export const besides = {
  preferences: {colors: 'boolean', extensions},
  extensions,
} as const satisfies Fields;

/** The lists of a kubeconfig and the fields of their entries: k8s.io/client-go/tools/clientcmd/api/v1, types.go. */
export const kinds = {
  context: {list: 'contexts', fields: {cluster: 'string', user: 'string', namespace: 'string', extensions}},
  cluster: {
    list: 'clusters',
    fields: {
      server: 'string',
      'tls-server-name': 'string',
      'insecure-skip-tls-verify': 'boolean',
      'certificate-authority': 'string',
      'certificate-authority-data': 'base64',
      'proxy-url': 'string',
      'disable-compression': 'boolean',
      extensions,
    },
  },
  user: {
    list: 'users',
    fields: {
      'client-certificate': 'string',
      'client-certificate-data': 'base64',
      'client-key': 'string',
      'client-key-data': 'base64',
      token: 'string',
      tokenFile: 'string',
      as: 'string',
      'as-uid': 'string',
      'as-groups': 'strings',
      'as-user-extra': 'lists',
      username: 'string',
      password: 'string',
      'auth-provider': {name: 'string', config: 'pairs'},
      exec: {
        command: 'string',
        args: 'strings',
        env: [{name: 'string', value: 'string'}],
        apiVersion: 'string',
        installHint: 'string',
        provideClusterInfo: 'boolean',
        interactiveMode: 'string',
      },
      extensions,
    },
  },
} as const satisfies Record<string, {list: string; fields: Fields}>;

export type Kind = keyof typeof kinds;

/**
 * What is wrong with an entry, as the end of a sentence that names fields and never their values; undefined if all is
 * well. Mends what counts as another value: null as absent or empty.
 */
export function wrongField(entry: unknown, fields: Fields): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'a value that has no fields';
  const object = entry as Record<string, unknown>;
  for (const [field, holds] of Object.entries(fields)) {
    const value = object[field];
    if (value === null) delete object[field];
    if (value === undefined || value === null) continue;
    // An empty list is no bytes, as for Go.
    if (holds === 'base64' && Array.isArray(value) && value.length === 0) object[field] = '';
    const wrong = wrongValue(object[field], holds);
    if (wrong === '') return `the field ${field}, which is not what it should be: ${name(holds)}`;
    if (wrong) return `in ${field} ${wrong}`;
  }
  return undefined;
}

/** Undefined if the value is right, empty if it is of the wrong type, else what is wrong inside of it. */
function wrongValue(value: unknown, holds: Holds): string | undefined {
  if (holds === 'any') return undefined;
  if (Array.isArray(holds)) {
    if (!Array.isArray(value)) return '';
    // An item that is null is an empty one.
    for (const at of value.keys()) value[at] ??= {};
    const wrong = value.map((item) => wrongField(item, (holds as readonly [Fields])[0])).find(Boolean);
    if (wrong || (holds as unknown) !== extensions) return wrong;
    const names = value.map((item: {name?: string}) => item.name ?? '');
    return new Set(names).size < names.length ? 'two of one name' : undefined;
  }
  if (typeof holds === 'object') return wrongField(value, holds as Fields);
  return tests[holds as keyof typeof tests](value) ? undefined : '';
}

/** Null among strings is the empty string, as for Go. */
function areStrings(of: Record<string | number, unknown>): boolean {
  for (const key of Object.keys(of)) of[key] ??= '';
  return Object.values(of).every((item) => typeof item === 'string');
}

const isStrings = (value: unknown) => Array.isArray(value) && areStrings(value as unknown as Record<number, unknown>);

function areLists(of: Record<string, unknown>): boolean {
  for (const key of Object.keys(of)) of[key] ??= [];
  return Object.values(of).every(isStrings);
}

const isBase64 = (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

const tests = {
  string: (value: unknown) => typeof value === 'string',
  boolean: (value: unknown) => typeof value === 'boolean',
  base64: (value: unknown) => typeof value === 'string' && isBase64(value.replace(/[\r\n]/g, '')),
  strings: isStrings,
  pairs: (value: unknown) => isObject(value) && areStrings(value),
  lists: (value: unknown) => isObject(value) && areLists(value),
};

function name(holds: Holds): string {
  const names: Record<string, string> = {
    strings: 'a list of strings',
    pairs: 'strings by name',
    lists: 'lists by name',
  };
  if (typeof holds !== 'string') return Array.isArray(holds) ? 'a list' : 'fields';
  return names[holds] ?? `a ${holds} value`;
}
