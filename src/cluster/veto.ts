import {clean} from '../foreign.ts';

/** A cluster's own no: it counts for everybody, whatever they agreed to. */
export interface Veto {
  /** Namespace of the ConfigMap that says it. */
  readonly namespace: string;
  /** What it says, for people: `reporting: never`. */
  readonly says: string;
}

/** What of a ConfigMap can forbid reporting. */
export interface VetoSource {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly binaryData?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Whether a ConfigMap forbids reporting, and in which words. Its key `reporting` forbids whatever its value is, written in
 * any case, with white space, or as binary data: who writes the key means no, and a misspelt no is one. No key, no veto.
 */
export function vetoIn(namespace: string, {data, binaryData}: VetoSource): Veto | undefined {
  for (const [fields, shown] of [
    [data, (value: unknown) => clean(value, 60)],
    [binaryData, () => '(binary data)'],
  ] as const) {
    const key = Object.keys(fields ?? {}).find(
      (name) => name.replace(/[\s\p{Cf}]+/gu, '').toLowerCase() === 'reporting',
    );
    if (key !== undefined) return {namespace, says: `${clean(key, 60)}: ${shown(fields![key])}`};
  }
  return undefined;
}
