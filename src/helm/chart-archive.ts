import {buffer} from 'node:stream/consumers';
import {gzipSync} from 'node:zlib';
import {pack} from 'tar-stream';
import type {Chart} from './record.ts';

/**
 * The chart of a record as an archive that Helm installs from: of a folder Helm would leave out what .helmignore names.
 * In the record's order, so that the chart in the next record is the same.
 */
export async function chartArchive(chart: Chart): Promise<Buffer> {
  const archive = pack();
  const root = chart.metadata.name;
  const add = (name: string, content: string | Buffer, modtime = chart.modtime) => {
    const changed = new Date(modtime ?? 0);
    archive.entry(
      {name: `${root}/${name}`, mode: 0o644, mtime: changed.getTime() > 0 ? changed : new Date(0)},
      content,
    );
  };
  // JSON is YAML.
  add('Chart.yaml', JSON.stringify(chart.metadata));
  if (chart.lock && !chart.files?.some(({name}) => /^(?:Chart|requirements)\.lock$/.test(name)))
    add('Chart.lock', JSON.stringify(chart.lock));
  add('values.yaml', JSON.stringify(chart.values ?? {}));
  if (chart.schema) add('values.schema.json', Buffer.from(chart.schema, 'base64'), chart.schemamodtime);
  for (const {name, data, modtime} of [...(chart.templates ?? []), ...(chart.files ?? [])])
    add(name, Buffer.from(data ?? '', 'base64'), modtime);
  archive.finalize();
  return gzipSync(await buffer(archive), {level: 1});
}
