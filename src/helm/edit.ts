// One document of a release in which one switch of Hodometer is to be another, and the rest as it was.
import {isDeepStrictEqual} from 'node:util';
import {isObject} from '../foreign.ts';
import {type Level, levels} from '../report/hodometer/properties.ts';
import {type Document, type Head, keyOf, meaning} from './documents.ts';
import {stringifyExact} from './exact-json.ts';

/** What is to become of the documents of a release, where not a set of usage objects comes or goes. */
export interface Edit {
  /** Keys of documents that are removed. */
  readonly removed: readonly string[];
  /** Key of the document that changes, and how. */
  readonly changed?: {readonly key: string; readonly to: Switch};
}

/** What an object says of Hodometer: the override of a SeldonRuntime, or the level in a variable. */
export type Switch =
  | {readonly disable: boolean; readonly replicas: number | undefined}
  | {readonly level: Level | undefined};

const variable = 'METRICS_LEVEL';

/** The parts of an object that are the switch; undefined: it has none, or two of which nobody knows which counts. */
type Place = {readonly override: Record<string, unknown>} | {readonly entry: Record<string, unknown>};

function placeOf(object: Record<string, unknown>): Place | undefined {
  const spec = isObject(object.spec) ? object.spec : {};
  if (object.kind === 'SeldonRuntime') {
    const override = only(spec.overrides, 'hodometer');
    return override && {override};
  }
  const pod = podSpecOf(object.kind, spec);
  const container = only(pod?.containers, 'hodometer');
  const entry = container && only(container.env, variable);
  return entry && typeof entry.value === 'string' ? {entry} : undefined;
}

function podSpecOf(kind: unknown, spec: Record<string, unknown>): Record<string, unknown> | undefined {
  if (kind === 'SeldonConfig') {
    const component = only(spec.components, 'hodometer');
    return isObject(component?.podSpec) ? component.podSpec : undefined;
  }
  const template = kind === 'Deployment' && isObject(spec.template) ? spec.template : {};
  return isObject(template.spec) ? template.spec : undefined;
}

/** The one item of that name. */
function only(list: unknown, name: string): Record<string, unknown> | undefined {
  const found = (Array.isArray(list) ? list : []).filter((one) => isObject(one) && one.name === name);
  return found.length === 1 ? (found[0] as Record<string, unknown>) : undefined;
}

/** What the object says; undefined: nothing that can be told. */
export function switchOf(object: Record<string, unknown>): Switch | undefined {
  const place = placeOf(object);
  if (!place) return undefined;
  if ('entry' in place) return {level: levels.find((one) => one === String(place.entry.value).toLowerCase())};
  const {disable, replicas} = place.override;
  return {
    disable: disable === true,
    replicas: replicas === undefined || replicas === null ? undefined : Number(replicas),
  };
}

/** The object without its switch: what must be the same before and after. */
export function withoutSwitch(object: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(object);
  const place = placeOf(copy);
  if (place && 'entry' in place) place.entry.value = '';
  if (place && 'override' in place) {
    delete place.override.disable;
    delete place.override.replicas;
  }
  return copy;
}

/** Whether two objects differ in nothing but the switch, and the second has the wanted one. */
export function differsAsWanted(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  wanted: Switch,
): boolean {
  return isDeepStrictEqual(switchOf(after), wanted) && isDeepStrictEqual(withoutSwitch(before), withoutSwitch(after));
}

/** Whether a document is one that goes with Hodometer where the chart up to 2.5 has it no more. */
export function isOlderHodometer({apiVersion, kind, name}: Pick<Head, 'apiVersion' | 'kind' | 'name'>): boolean {
  return olderObjects.some(([api, what, names]) => api === apiVersion && what === kind && names.includes(name));
}

/** What Hodometer has up to 2.5, by the set-up chart: its account, its rights and its Deployment. */
const olderObjects: readonly [apiVersion: string, kind: string, names: readonly string[]][] = [
  ['v1', 'ServiceAccount', ['hodometer']],
  ['rbac.authorization.k8s.io/v1', 'Role', ['hodometer-role']],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', ['hodometer-rolebinding']],
  ['apps/v1', 'Deployment', ['seldon-hodometer']],
];

/** A document of the plan as it comes out of a rendering; undefined: otherwise than planned. */
export function editedText(stored: Document, rendered: Document, to: Switch): string | undefined {
  const [before, after] = [meaning(stored.text), withoutMark(meaning(rendered.text))];
  return differsAsWanted(withoutMark(before), after, to) ? `${stringifyExact(after)}\n` : undefined;
}

/** The annotation by which Helm 4 knows the file of a document. */
const mark = 'postrenderer.helm.sh/postrender-filename';

function withoutMark(object: Record<string, unknown>): Record<string, unknown> {
  const {metadata} = object;
  if (!isObject(metadata) || !isObject(metadata.annotations)) return object;
  const {[mark]: _, ...annotations} = metadata.annotations;
  const {annotations: _all, ...rest} = metadata;
  return {...object, metadata: Object.keys(annotations).length > 0 ? {...rest, annotations} : rest};
}

/** The document that changes, among those of the last revision. */
export function changedDocument(documents: readonly Document[], {changed}: Edit): Document | undefined {
  return documents.find((document) => keyOf(document) === changed?.key);
}
