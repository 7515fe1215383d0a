// What the published package is made of besides this project: the licences of what is bundled, and a bill of materials.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Enums, Models, Serialize, Spec} from '@cyclonedx/cyclonedx-library';
import type {Metafile} from 'esbuild';

/** A package of which the bundle holds something. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** The texts that its licence wants to go with it, as they are. */
  readonly texts: readonly string[];
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string | {readonly type?: string};
}

/** Of a file in node_modules the folder of its package, the innermost where packages are nested. */
const packageFolder = /^(?:[^:?]*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The packages of which esbuild took files, by name.
 *
 * @param root folder that the inputs are relative to
 * @throws {Error} if one says no licence: it must not be shipped then
 */
export function bundledPackages(root: string, ...metafiles: readonly Metafile[]): Bundled[] {
  const inputs = metafiles.flatMap(({inputs}) => Object.keys(inputs));
  const folders = new Set(inputs.flatMap((path) => packageFolder.exec(path)?.[0] ?? []));
  return [...folders].map((folder) => describe(join(root, folder))).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function key({name, version}: Bundled): string {
  return `${name}@${version}`;
}

function describe(folder: string): Bundled {
  const {name, version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
  const expression = typeof license === 'string' ? license : license?.type;
  if (!expression) throw new Error(`${name}@${version} is bundled and says no licence`);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return {name, version, license: expression, texts};
}

/** One text for people and lawyers. */
export function notices(packages: readonly Bundled[]): string {
  const line = '='.repeat(80);
  const parts = packages.map(({name, version, license, texts}) =>
    [line, `${name} ${version} (${license})`, line, '', ...(texts.length > 0 ? texts : [noText(license)])].join('\n'),
  );
  return `${['The program is bundled: it holds code of these packages, under these licences.', ...parts].join('\n\n')}\n`;
}

function noText(license: string): string {
  return `The package holds no text of its licence. It is the one that SPDX calls ${license}: https://spdx.org/licenses/`;
}

/** A CycloneDX bill of materials as JSON. It says no time and no random number, so that two builds are the same. */
export function billOfMaterials(root: string, packages: readonly Bundled[]): string {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  const program = component(Enums.ComponentType.Application, {...own, license: String(own.license)});
  const bom = new Models.Bom({metadata: new Models.Metadata({component: program})});
  for (const each of packages) {
    const part = component(Enums.ComponentType.Library, each);
    bom.components.add(part);
    program.dependencies.add(part.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, {sortLists: true, space: 1})}\n`;
}

function component(type: Enums.ComponentType, {name, version, license}: Omit<Bundled, 'texts'>): Models.Component {
  const [, scope, bare = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  // The type of a package URL: npm (github.com/package-url/purl-spec).
  const purl = `pkg:npm/${scope ? `${encodeURIComponent(scope)}/` : ''}${bare}@${version}`;
  return new Models.Component(type, bare, {
    ...(scope ? {group: scope} : {}),
    version,
    purl,
    bomRef: purl,
    licenses: new Models.LicenseRepository([
      /[ ()]/.test(license) ? new Models.LicenseExpression(license) : new Models.SpdxLicense(license),
    ]),
  });
}
