import {clean} from '../foreign.ts';
import type {Document} from './documents.ts';
import {meaning} from './documents.ts';
import type {UpgradeRun} from './upgrade.ts';

/** Longest message of Helm that is shown, characters. */
const most = 700;

/**
 * What Helm said, fit to show: without control characters, credentials, and the values of Secrets in the documents.
 */
export function helmSaid({reason, stderr, code, signal, ended}: UpgradeRun, documents: readonly Document[]): string {
  if (reason !== undefined)
    return `the rendered manifest is not as planned: ${clean(withoutSecrets(reason, documents), most)}`;
  if (ended !== undefined)
    return `it was killed, since it ${ended === 'time' ? 'did not come to an end' : 'took more than a gigabyte of memory'}`;
  const lines = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:WARNING|level=|W\d{4}|I\d{4})/.test(line));
  const said = lines.join(' ').replace(/^.*?Error: /s, '');
  return (
    clean(withoutSecrets(said, documents), most) ||
    `it ended ${signal ? `by ${signal}` : `with code ${code}`}, saying nothing`
  );
}

/**
 * Whether Helm did not see the files in the private folder, which are there: it has a temporary directory of its own, as
 * in a snap, a container or a wrapper. The chart is what it looks for first; Helm 4 before that for its plugin, and Helm 3
 * for this program as its post-renderer.
 */
export function missesFiles({stderr, code}: UpgradeRun, folder: string): boolean {
  if (code === 0) return false;
  return (
    /path "[^"]*\/chart\.tgz" not found|plugin:.*seldon-usage-keep.* not found|unable to find binary at/.test(stderr) ||
    stderr
      .split('\n')
      .some((line) => line.includes(folder) && /no such file or directory|not found|cannot find/.test(line))
  );
}

/** Shorter values are common words: removing them would garble the message, and they are no secrets. */
const shortest = 6;

function withoutSecrets(text: string, documents: readonly Document[]): string {
  const values = documents.filter(({kind}) => kind === 'Secret').flatMap(secretValues);
  values.sort((a, b) => b.length - a.length);
  return values.reduce((rest, value) => rest.replaceAll(value, '[removed]'), text);
}

function secretValues({text}: Document): string[] {
  const {data, stringData} = meaning(text) as {data?: Record<string, unknown>; stringData?: Record<string, unknown>};
  const encoded = Object.values(data ?? {}).map(String);
  const plain = [
    ...encoded.map((value) => Buffer.from(value, 'base64').toString('utf8')),
    ...Object.values(stringData ?? {}).map(String),
  ];
  return [...encoded, ...plain, ...plain.flatMap((value) => value.split('\n'))].filter(
    (value) => value.length >= shortest,
  );
}
