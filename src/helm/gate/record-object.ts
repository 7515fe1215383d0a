import {PbfReader} from 'pbf';
import {type Ask, jsonBody, Refused} from './ask.ts';

/** The Secret or ConfigMap that Helm writes a revision into: as much of one as Helm fills in. */
export interface RecordObject {
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Type of a Secret; empty for a ConfigMap. */
  readonly type: string;
  /** Base64 of the packed record, without a Secret's own. */
  readonly release: string;
}

/**
 * Reads the object that Helm sends, in protobuf or in JSON.
 *
 * @throws {Refused} if it has a field that Helm does not write
 */
export function readRecordObject(ask: Ask): RecordObject {
  if (!(ask.headers['content-type'] ?? '').startsWith('application/vnd.kubernetes.protobuf')) return fromJson(ask);
  try {
    return fromProtobuf(ask.body);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused('its body is not a protobuf');
  }
}

type Fields = Map<number, Uint8Array[]>;

/** The fields of a message by number, all of them of bytes; an empty message or number says nothing. */
function fieldsOf(message: Uint8Array): Fields {
  const fields: Fields = new Map();
  new PbfReader(message).readFields((tag, _, pbf) => {
    if (pbf.type === 2) {
      const bytes = pbf.readBytes();
      if (bytes.length > 0) fields.set(tag, [...(fields.get(tag) ?? []), bytes]);
    } else if (pbf.type !== 0 || pbf.readVarint(true) !== 0) throw new Refused(`its field ${tag} is not one of Helm's`);
  }, undefined);
  return fields;
}

const utf8 = new TextDecoder('utf-8', {fatal: true});

/** The one value of a field; empty where there is none. */
function one(fields: Fields, tag: number): Uint8Array {
  const [value, ...more] = fields.get(tag) ?? [];
  if (more.length > 0) throw new Refused(`its field ${tag} is there twice`);
  return value ?? new Uint8Array();
}

function requireOnly(fields: Fields, allowed: readonly number[]): void {
  for (const tag of fields.keys())
    if (!allowed.includes(tag)) throw new Refused(`its field ${tag} is not one of Helm's`);
}

/** A map's entries, each a message of key (1) and value (2). */
function entriesOf(fields: Fields, tag: number): Record<string, string> {
  const entries: Record<string, string> = Object.create(null);
  for (const bytes of fields.get(tag) ?? []) {
    const entry = fieldsOf(bytes);
    requireOnly(entry, [1, 2]);
    const key = utf8.decode(one(entry, 1));
    if (Object.hasOwn(entries, key)) throw new Refused('a key occurs twice');
    entries[key] = utf8.decode(one(entry, 2));
  }
  return {...entries};
}

/** Unknown of apimachinery's runtime, Secret and ConfigMap of core/v1, ObjectMeta of meta/v1 (their generated.proto). */
function fromProtobuf(body: Buffer): RecordObject {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') throw new Refused('its body is not a protobuf of Kubernetes');
  const envelope = fieldsOf(body.subarray(4));
  requireOnly(envelope, [1, 2]);
  const type = fieldsOf(one(envelope, 1));
  const kind = utf8.decode(one(type, 2));
  const object = fieldsOf(one(envelope, 2));
  requireOnly(object, kind === 'Secret' ? [1, 2, 3] : [1, 2]);
  const metadata = fieldsOf(one(object, 1));
  // Name, namespace, the time that is none yet, labels.
  requireOnly(metadata, [1, 3, 11]);
  return required({
    kind,
    apiVersion: utf8.decode(one(type, 1)),
    name: utf8.decode(one(metadata, 1)),
    labels: entriesOf(metadata, 11),
    data: entriesOf(object, 2),
    type: kind === 'Secret' ? utf8.decode(one(object, 3)) : '',
  });
}

function fromJson(ask: Ask): RecordObject {
  const {kind, apiVersion, metadata, data, type = '', ...others} = jsonBody(ask, ['application/json']);
  const {name, namespace: _, creationTimestamp, labels, ...more} = (metadata ?? {}) as Record<string, unknown>;
  if (Object.keys({...others, ...more}).length > 0 || creationTimestamp) throw new Refused("its body is not Helm's");
  const texts = (value: unknown) => {
    const entries = Object.entries((value ?? {}) as Record<string, unknown>);
    if (entries.some(([, text]) => typeof text !== 'string')) throw new Refused("its body is not Helm's");
    return Object.fromEntries(entries) as Record<string, string>;
  };
  const plain = Object.entries(texts(data)).map(([key, text]) => [
    key,
    kind === 'Secret' ? Buffer.from(text, 'base64').toString('latin1') : text,
  ]);
  return required({
    kind: String(kind),
    apiVersion: String(apiVersion),
    name: String(name),
    labels: texts(labels),
    data: Object.fromEntries(plain),
    type: String(type),
  });
}

interface Read {
  kind: string;
  apiVersion: string;
  name: string;
  labels: Record<string, string>;
  data: Record<string, string>;
  type: string;
}

function required({apiVersion, data, ...object}: Read): RecordObject {
  const {release, ...more} = data;
  if (apiVersion !== 'v1' || release === undefined || Object.keys(more).length > 0)
    throw new Refused('it is not a record of Helm');
  return {...object, release};
}
