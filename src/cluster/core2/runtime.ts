import {isObject, textsOf} from '../../foreign.ts';
import type {ObjectMeta} from '../api.ts';
import {isObjectName} from '../object-name.ts';

/** What a SeldonRuntime says of Hodometer: the switch from Seldon Core 2.6 on. */
export interface Runtime {
  readonly namespace: string;
  readonly name: string;
  /** Place of Hodometer's entry in `spec.overrides`; absent: it has none. */
  readonly index?: number;
  /** Whether there is a list of overrides at all. */
  readonly hasOverrides: boolean;
  readonly disable: boolean;
  /** Absent: the operator's default, one. */
  readonly replicas?: number;
  /** Of the object, for whose it is. */
  readonly metadata: Pick<
    ObjectMeta,
    'name' | 'namespace' | 'labels' | 'annotations' | 'managedFields' | 'ownerReferences'
  > & {readonly uid?: string};
}

/** A SeldonRuntime, as far as it concerns Hodometer; undefined if it is none. */
export function runtimeOf(item: unknown): Runtime | undefined {
  const {metadata, spec} = (item ?? {}) as {metadata?: ObjectMeta; spec?: {overrides?: unknown} | null};
  const {name, namespace, labels, annotations, managedFields, ownerReferences} = metadata ?? {};
  const {uid} = (metadata ?? {}) as {uid?: unknown};
  if (!isObjectName(name) || !isObjectName(namespace)) return undefined;
  const overrides: unknown[] = Array.isArray(spec?.overrides) ? spec.overrides : [];
  const index = overrides.findIndex((one) => isObject(one) && one.name === 'hodometer');
  const own = overrides[index];
  const {disable, replicas} = isObject(own) ? own : {};
  return {
    namespace,
    name,
    ...(index >= 0 ? {index} : {}),
    hasOverrides: Array.isArray(spec?.overrides),
    disable: disable === true,
    ...(typeof replicas === 'number' && Number.isSafeInteger(replicas) && replicas >= 0 ? {replicas} : {}),
    metadata: {
      ...(typeof uid === 'string' ? {uid} : {}),
      name,
      namespace,
      labels: textsOf(labels),
      annotations: textsOf(annotations),
      ownerReferences: Array.isArray(ownerReferences)
        ? (ownerReferences.filter(isObject) as typeof ownerReferences)
        : [],
      managedFields: (Array.isArray(managedFields) ? managedFields : []).flatMap((one) =>
        typeof one?.manager === 'string' ? [{manager: one.manager}] : [],
      ),
    },
  };
}
