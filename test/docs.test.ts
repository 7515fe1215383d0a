import {existsSync, globSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {commands, documents, generated, renew} from '../build/docs.ts';
import {exitCodes} from '../src/errors.ts';

const parts = await generated();
const read = (document: string) => readFileSync(new URL(`../${document}`, import.meta.url), 'utf8');

for (const document of documents) {
  test(`${document} says what the code says (else: npm run docs)`, () => {
    assert.fixture(renew(read(document), parts), read(document));
  });
}

test('every generated part stands in a document', () => {
  for (const name of Object.keys(parts))
    assert.ok(
      documents.some((document) => read(document).includes(`<!-- generated: ${name} -->`)),
      name,
    );
});

// Longer names first: `manifests send` before `manifests`.
const all = (await commands()).toSorted((a, b) => b.name.length - a.name.length);
const calls = documents.flatMap((document) =>
  [...read(document).matchAll(/^[^#\n]*\bseldon-usage ((?:[a-z]+ ?)+)(?: (-.*))?$/gm)].map(([line, words, flags]) => ({
    line,
    words: words!.trim(),
    flags: flags ?? '',
  })),
);

test('the documents show calls', () => assert.ok(calls.length > 5));

for (const {line, words, flags} of calls) {
  test(`a call in the documents exists: ${line.trim()}`, () => {
    const found = all.find(({name}) => words === name || words.startsWith(`${name} `));
    assert.ok(found || words === 'help', `no command ${words}`);
    const its = {...found?.command.baseFlags, ...found?.command.flags} as Record<string, {allowNo?: boolean}>;
    const known = Object.entries(its).flatMap(([name, {allowNo}]) => (allowNo ? [name, `no-${name}`] : [name]));
    for (const [, flag] of flags.matchAll(/(?:^| )--([a-z-]+)/g))
      assert.ok([...known, 'help'].includes(flag!), `no flag --${flag}`);
  });
}

test('the README can be read in one go', () => assert.ok(read('README.md').split('\n').length <= 250));

for (const document of [...globSync('*.md'), ...globSync('docs/*.md')]) {
  test(`the links of ${document} lead somewhere`, () => {
    for (const [, to = ''] of read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g))
      assert.ok(existsSync(join(dirname(document), to)), to);
  });
}

test('the files that ARCHITECTURE and CONTRIBUTING name are there', () => {
  const there = globSync('{src,build,test,bin,bench,dist}/**/*').map((path) => `/${path}`);
  for (const document of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    // What a patch adds is not there yet.
    const text = read(document).replace(/```diff\n[\s\S]*?```/g, '');
    const names = [...text.matchAll(/(?<![\w./-])\w[\w./-]*\.(?:[cm]?js|ts|proto)\b/g)].map(([name]) => name);
    assert.ok(names.length > 5, document);
    for (const name of names)
      assert.ok(
        there.some((path) => path.endsWith(`/${name}`)),
        `${document}: ${name}`,
      );
  }
});

test('the README names every exit code', () => {
  const readme = read('README.md');
  for (const code of Object.values(exitCodes)) assert.match(readme, new RegExp(`^\\| ${code} +\\|`, 'm'));
});

test.run();
