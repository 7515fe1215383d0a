// Kubernetes lists in protobuf, as a server sends them: with the fields that are read, and with others around them.
import {PbfWriter} from 'pbf';
import type {NodeLike} from '../../src/cluster/node-facts.ts';

export interface Around {
  /** Fields that no Kubernetes has today, of every wire type, in each message. */
  unknownFields?: boolean;
  /** Fields 3 and 4 of the envelope, which servers leave empty. */
  contentEncoding?: string;
  kind?: string;
}

/** The bytes of a NodeList in its envelope. */
export function protobufList(nodes: readonly NodeLike[], around: Around = {}): Buffer {
  const list = new PbfWriter();
  list.writeMessage(1, (_, pbf) => pbf.writeStringField(2, '4711'), null);
  for (const node of nodes) list.writeMessage(2, writeNode(around), node);
  if (around.unknownFields) writeUnknown(list);
  return envelope(list.finish(), around);
}

/** Any bytes in an envelope, as the list. */
export function envelope(
  raw: Uint8Array,
  {unknownFields, contentEncoding = '', kind = 'NodeList'}: Around = {},
): Buffer {
  const unknown = new PbfWriter();
  const typeMeta = () => {
    unknown.writeMessage(
      1,
      (_, pbf) => {
        pbf.writeStringField(1, 'v1');
        pbf.writeStringField(2, kind);
      },
      null,
    );
  };
  typeMeta();
  unknown.writeBytesField(2, raw);
  unknown.writeStringField(3, contentEncoding);
  unknown.writeStringField(4, '');
  if (unknownFields) writeUnknown(unknown);
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown.finish()]);
}

function writeNode({unknownFields}: Around) {
  return ({metadata, spec, status}: NodeLike, pbf: PbfWriter) => {
    if (unknownFields) writeUnknown(pbf);
    pbf.writeMessage(1, (_, inner) => strings(inner, {1: metadata?.name, 5: 'a-uid'}), null);
    if (spec) pbf.writeMessage(2, (_, inner) => strings(inner, {1: '10.0.0.0/24', 3: spec.providerID}), null);
    if (status) pbf.writeMessage(3, writeStatus, status);
    if (unknownFields) writeUnknown(pbf);
  };
}

function writeStatus({capacity, nodeInfo}: NonNullable<NodeLike['status']>, pbf: PbfWriter): void {
  for (const [resource, quantity] of Object.entries(capacity ?? {})) {
    const entry = (_: null, inner: PbfWriter) => {
      writeText(inner, 1, resource);
      inner.writeMessage(2, (value, deepest) => writeText(deepest, 1, value), String(quantity));
    };
    pbf.writeMessage(1, entry, null);
    // The field of what can be allocated looks the same and must not be taken for it.
    pbf.writeMessage(2, (_, inner) => inner.writeStringField(1, `allocatable-${resource}`), null);
  }
  if (!nodeInfo) return;
  const {machineID, systemUUID, kernelVersion, osImage, containerRuntimeVersion, kubeletVersion} = nodeInfo;
  const first = {1: machineID, 2: systemUUID, 3: 'a-boot-id', 4: kernelVersion, 5: osImage, 6: containerRuntimeVersion};
  const second = {7: kubeletVersion, 8: 'a-proxy', 9: nodeInfo.operatingSystem, 10: nodeInfo.architecture};
  pbf.writeMessage(7, (_, inner) => strings(inner, {...first, ...second}), null);
}

function strings(pbf: PbfWriter, fields: Record<number, string | undefined>): void {
  for (const [tag, value] of Object.entries(fields)) if (value !== undefined) writeText(pbf, Number(tag), value);
}

/** As bytes of Node's own: pbf 5 writes some characters beyond the basic plane wrongly, which it reads rightly. */
function writeText(pbf: PbfWriter, tag: number, text: string): void {
  pbf.writeBytesField(tag, Buffer.from(text));
}

function writeUnknown(pbf: PbfWriter): void {
  pbf.writeVarintField(1000, 2 ** 40);
  pbf.writeDoubleField(1001, 0.5);
  pbf.writeStringField(1002, 'from the future');
  pbf.writeFixed32Field(1003, 7);
}
