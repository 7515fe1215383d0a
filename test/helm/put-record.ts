import {gunzipSync, gzipSync} from 'node:zlib';
import * as assert from 'uvu/assert';
import {namespace, recordPath, type World} from './world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
type Any = any;

/** Changes what the first record says and puts it there as a revision, with a label of its status or another one. */
export async function putRecord(
  world: World,
  version: number,
  change: (record: Any) => void,
  label?: string,
): Promise<void> {
  const first = await world.get(recordPath(1));
  const text = gunzipSync(Buffer.from(Buffer.from(first.data.release, 'base64').toString(), 'base64')).toString();
  const record = JSON.parse(text);
  record.version = version;
  change(record);
  const encoded = gzipSync(JSON.stringify(record), {level: 9}).toString('base64');
  const labels = {...first.metadata.labels, version: String(version), status: label ?? record.info.status};
  const object = {
    ...first,
    metadata: {name: recordPath(version).split('/').at(-1), namespace, labels},
    data: {release: Buffer.from(encoded).toString('base64')},
  };
  if (version === 1) await world.server.request('DELETE', recordPath(1));
  const {status, body} = await world.server.request('POST', recordPath(version).replace(/\/[^/]+$/, ''), object);
  assert.is(status, 201, JSON.stringify(body));
}
