// The pictures of the README show what the program and the dashboard show now.
import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {dashboardPicture} from '../../build/dashboard-picture.ts';
import {pictures, showPicture} from '../../build/pictures.ts';
import {terminalSvg} from '../../build/terminal-svg.ts';
import {findChromium} from '../collector/chromium.ts';

test('show (else: npm run pictures)', () => assert.fixture(showPicture(), readFileSync(pictures.show, 'utf8')));

test('what a terminal shows is drawn where it stands, in its look, and as text', () => {
  const svg = terminalSvg('a  <b> & c\r\n  \u001b[1mbold\u001b[22m\u001b[2m: dim\u001b[22m\n', 20, 'x');
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)" [^>]*?(?:class="(\w+)")?>(.*)<\/text>/g)].map(
    ([, x, y, look, text]) => [Number(x), Number(y), look, text],
  );
  assert.equal(texts, [
    [20, 34, undefined, 'a'],
    [45.2, 34, undefined, '&lt;b&gt; &amp; c'],
    [36.8, 53, 'bold', 'bold'],
    [70.4, 53, 'dim', ': dim'],
  ]);
});

if (findChromium())
  test('the dashboard (else: npm run pictures)', async () => {
    const {png, texts} = await dashboardPicture();
    assert.fixture(texts, readFileSync(pictures.texts, 'utf8'));
    // Letters differ from machine to machine; the size is in the first chunk of a PNG.
    const sizeOf = (picture: Buffer) => [
      picture.toString('latin1', 1, 4),
      picture.readUInt32BE(16),
      picture.readUInt32BE(20),
    ];
    assert.equal(sizeOf(readFileSync(pictures.dashboard)), sizeOf(png));
    assert.is(sizeOf(png)[0], 'PNG');
  });
else if (process.env.CI) throw new Error('CI is set, and there is no Chromium');
else console.log('skipped: the dashboard: there is no Chromium; CHROMIUM names one');

test('the first screen of the README has both', () => {
  const [first = ''] = readFileSync('README.md', 'utf8').split('\n## ');
  for (const name of ['show.svg', 'dashboard.png']) assert.match(first, `<img src="docs/pictures/${name}"`);
  assert.ok(first.split('\n').length < 30);
});

test.run();
