import type {IncomingMessage} from 'node:http';
import {finished} from 'node:stream/promises';
import {PbfReader} from 'pbf';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {NodeFacts} from '../report/types.ts';
import {jsonCapacities, protobufCapacities} from './capacities.ts';
import type {Connection} from './connection/connection.ts';
import {noAnswer} from './connection/failures.ts';
import {answer, CutOff, HttpError, retrying} from './connection/request.ts';
import {type ListBounds, listBounds} from './list-bounds.ts';
import {type NodeLike, nodeFactsReader} from './node-facts.ts';
import {type NodeMessage, readNode} from './nodes.generated.js';
import {type ListReader, MalformedList, protobufListReader} from './protobuf-list.ts';

/** From the API server's watch cache: one list, streamed, without a quorum read of etcd. */
const path = '/api/v1/nodes?resourceVersion=0';
const protobuf = 'application/vnd.kubernetes.protobuf';

/** Takes the nodes of one attempt; `start` is called anew when an attempt begins, so that nothing partial counts. */
export interface NodeSink {
  start(): void;
  node(node: NodeFacts): void;
}

/**
 * Reads every node of the cluster: as protobuf, or as JSON where a server or a proxy refuses that. Either all of them
 * or an error.
 *
 * @param sent told once they are asked for
 * @throws {UserError} cluster, if there is no complete answer after several attempts
 */
export async function readNodes(connection: Connection, sink: NodeSink, sent?: () => void): Promise<void> {
  let accept = `${protobuf}, application/json;q=0.9`;
  await retrying(connection, async () => {
    let response: IncomingMessage;
    const permission = {verb: 'list', resource: 'nodes'} as const;
    try {
      response = await answer(connection, path, {headers: {Accept: accept}, permission, sent});
    } catch (error) {
      if (!refusesProtobuf(error)) throw error;
      accept = 'application/json';
      response = await answer(connection, path, {headers: {Accept: accept}, permission});
    }
    sink.start();
    await readBody(response, connection, sink);
  });
}

/** Not acceptable or unsupported media type, and what proxies say to a media type that they do not know. */
function refusesProtobuf(error: unknown): boolean {
  return error instanceof HttpError && [400, 406, 415, 501].includes(error.status);
}

async function readBody(response: IncomingMessage, connection: Connection, sink: NodeSink): Promise<void> {
  const type = response.headers['content-type'] ?? '';
  const limit = listBounds(`The list of nodes from ${connection.server}`, {items: mostNodes});
  const isProtobuf = type.startsWith(protobuf);
  const node = boundedNodes(sink, limit);
  const reader = isProtobuf ? protobufReader(node) : /[/+]json/.test(type) ? await jsonReader(node) : undefined;
  const count = isProtobuf ? limit.bytes : limit.json;
  if (!reader) {
    response.destroy();
    throw new UserError(
      'cluster',
      `${connection.server} answers with ${clean(type, 60) || 'no type'}, not as a Kubernetes API server.`,
      {
        suggestions: ['A login page or a proxy may be in between: check the server in the kubeconfig, and the VPN.'],
      },
    );
  }
  try {
    // Events, not `for await`, which adds promises and a turn of the event loop to each of 10,000 chunks.
    response.on('data', (chunk: Buffer) => {
      try {
        count(chunk);
        reader.push(chunk);
      } catch (error) {
        response.destroy(error as Error);
      }
    });
    await finished(response);
    reader.end();
  } catch (error) {
    response.destroy();
    throw unreadable(error, connection);
  }
}

/**
 * Thirty times what Kubernetes supports ("Considerations for large clusters"), and more than any cloud offers (65,000 on GKE).
 * Where all are different, as in no cluster, what they take in memory is bounded before: see `newCapacity`.
 */
const mostNodes = 150_000;

/** Characters that a capacity weighs which no node before had: its entries take as much memory. */
const newCapacity = 500;

/** Takes the nodes of one list, and no more than a cluster can have. */
function boundedNodes(sink: NodeSink, limit: ListBounds): (node: NodeFacts) => void {
  const seen = new WeakSet<object>();
  return (node) => {
    const {name, providerID, nodeInfo, capacity} = node;
    const isNew = !seen.has(capacity);
    if (isNew) seen.add(capacity);
    limit.item(
      (isNew ? newCapacity : 0) +
        name.length +
        providerID.length +
        nodeInfo.machineID.length +
        nodeInfo.systemUUID.length +
        nodeInfo.osImage.length +
        nodeInfo.kernelVersion.length +
        nodeInfo.containerRuntimeVersion.length,
    );
    sink.node(node);
  };
}

function protobufReader(node: (facts: NodeFacts) => void): ListReader {
  const facts = nodeFactsReader(protobufCapacities());
  return protobufListReader((item) => node(named(decode(item, facts))));
}

async function jsonReader(node: (facts: NodeFacts) => void): Promise<ListReader> {
  // Loaded where somebody refuses protobuf only.
  const {jsonListReader} = await import('./json-list.ts');
  const facts = nodeFactsReader(jsonCapacities());
  return jsonListReader((item) => node(named(facts(requireObject(item)))), requireList);
}

/** Every Node of a cluster has a name: what has none is something else that could be decoded. */
function named(node: NodeFacts): NodeFacts {
  if (node.name) return node;
  throw new MalformedList('a node without a name');
}

/** Whatever throws here, the bytes are to blame: the rest takes any value. */
function decode(item: Buffer, facts: (node: NodeMessage) => NodeFacts): NodeFacts {
  try {
    return facts(readNode(new PbfReader(item)));
  } catch (error) {
    throw new MalformedList('a node that is not a protobuf', {cause: error});
  }
}

function requireObject(item: unknown): NodeLike {
  if (typeof item === 'object' && item !== null) return item;
  throw new MalformedList('no object for a node');
}

function requireList({kind}: {kind?: string}): void {
  if (kind !== 'NodeList')
    throw new MalformedList(`a ${clean(kind ?? 'document without kind', 60)} instead of a NodeList`);
}

/** A stream that was cut, or that holds what can't be, is tried again: neither is the cluster's whole answer. */
function unreadable(error: unknown, connection: Connection): unknown {
  if (error instanceof MalformedList) {
    const message = `The list of nodes from ${connection.server} can't be read: ${clean(error.message)}.`;
    return new CutOff(
      new UserError('cluster', message, {suggestions: ['Try again; a proxy on the way can be the cause.']}),
      error,
    );
  }
  return error instanceof UserError || systemCode(error) === undefined
    ? error
    : new CutOff(noAnswer(error, connection), error);
}
