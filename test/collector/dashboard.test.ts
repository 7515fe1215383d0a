import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {type Browser, type BrowserContextOptions, chromium, type Page} from 'playwright-core';
import {suite, type Test} from 'uvu';
import * as assert from 'uvu/assert';
import {dayOf} from '../../src/collector/periods.ts';
import {sqliteWriter} from '../../src/collector/store/sqlite/writer.ts';
import {newFolder} from '../folder.ts';
import {findChromium} from './chromium.ts';
import {type Program, startProgram} from './program.ts';
import {eventually, send} from './send.ts';
import {acceptedOn, eventOn} from './store/suite.ts';

const executablePath = findChromium();
if (!executablePath && process.env.CI) throw new Error('CI is set, and there is no Chromium');
const test = executablePath ? suite('dashboard') : skipped();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where screenshots go when somebody wants to look at them. */
const screenshots = process.env.SCREENSHOTS;

/** A suite that says that it is skipped. */
function skipped(): Test {
  console.log('skipped: dashboard: there is no Chromium; CHROMIUM names one');
  const real = suite('dashboard');
  const skip = () => real.skip();
  const hook = Object.assign(() => {}, {each: () => {}});
  return Object.assign(skip, {only: skip, skip, before: hook, after: hook, run: real.run});
}

/** What a made-up Core 2 cluster has. */
const inUse = (i: number, ago: number) => ({
  collector_version: ago < 20 && i % 3 === 0 ? '2.10.2' : i % 5 === 0 ? 'latest' : '2.9.1',
  kubernetes_version: `v1.${30 + (i % 4)}.1`,
  ...(i % 4 === 0 ? {} : {model_count: 5 + (i % 30), pipeline_count: i % 6, experiment_count: i % 10 === 2 ? 1 : 0}),
  ...(i % 4 === 0 ? {} : {server_count: 2, server_replica_count: 2 + (i % 5), server_memory_gb_sum: 4 + (i % 7)}),
  ...(i % 3 === 0 ? {multimodel_enabled_count: 1 + (i % 2), overcommit_enabled_count: i % 2} : {}),
});

let server: Program;
let browser: Browser;
let address: string;

test.before(async () => {
  const path = join(newFolder(), 'reports.db');
  const writer = sqliteWriter(path, {create: true});
  const today = dayOf(Date.now());
  for (let ago = 99; ago >= 0; ago--) {
    const clusters = Array.from({length: 80 - Math.floor(ago / 3)}, (_, i) => i).filter((i) => (i + ago) % 9 > 0);
    await writer.append(clusters.map((i) => acceptedOn(today - ago, i)));
    // Pods come and go: some IDs are there for a day.
    const seen = clusters
      .filter((i) => i % 2 === 0)
      .flatMap((i) => [i, ...(i % 8 === 0 ? [1000 + 100 * i + ago] : [])]);
    await writer.append(seen.map((i) => eventOn(today - ago, i, inUse(i, ago))));
  }
  await writer.close();
  server = await startProgram(path);
  address = `http://127.0.0.1:${server.adminPort}/`;
  await eventually(async () => {
    const {text} = await send(server.adminPort, {
      method: 'GET',
      path: '/api/v1/stats?grain=month&series=active&min-cell=1',
    });
    return JSON.parse(text).series[0].values[0].data.length > 3;
  });
  browser = await chromium.launch({executablePath: executablePath!, args: ['--no-sandbox'], timeout: 180_000});
});
test.after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What axe-core finds, as far as it is told here. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly {readonly html: string}[];
}

/** Opens the page, runs `look`, and fails on any console message, error, or request to elsewhere. */
async function visit(
  options: BrowserContextOptions,
  hash: string,
  look: (page: Page) => Promise<void>,
  expected = /^$/,
): Promise<void> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(180_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) complaints.push(`asks ${request.url()}`);
  });
  try {
    await page.goto(address + hash);
    await page.waitForSelector('.card');
    await look(page);
    assert.equal(
      complaints.filter((line) => !expected.test(line)),
      [],
    );
  } finally {
    await context.close();
  }
}

/** Code for the page. A chart with nothing drawn has one colour. */
const everyChartHasColours = `[...document.querySelectorAll('canvas')].every((canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 4;
})`;

/** Waits for the code to be true. Playwright's own way evaluates a text in the page, which its policy forbids from the second time on. */
const holds = (page: Page, code: string) => eventually(() => page.evaluate(code));

/** Does what leads to another view, and waits until that is drawn: the address changes a moment before. */
async function turn(page: Page, hash: string, act: () => Promise<void>): Promise<void> {
  await page.evaluate("void (globalThis.before = document.querySelector('.card'))");
  await act();
  await holds(page, `location.hash === '${hash}' && !globalThis.before.isConnected`);
}

/** Code for the page. The mouse would scroll to each of them, and the page be laid out anew. */
const clickAll = (selector: string) => `for (const one of document.querySelectorAll('${selector}')) one.click()`;

const desktop = {viewport: {width: 1300, height: 900}};
const phone = {viewport: {width: 360, height: 740}, isMobile: true, hasTouch: true};
const looks: [name: string, options: BrowserContextOptions, hash: string][] = [
  ['light', desktop, '#day'],
  ['dark', {...desktop, colorScheme: 'dark'}, '#week'],
  ['phone', phone, '#month'],
  ['phone dark', {...phone, colorScheme: 'dark'}, '#day,shares'],
  ['shares', desktop, '#week,shares'],
];
for (const [name, options, hash] of looks) {
  test(`${name}: every chart is drawn, nothing sticks out, axe finds nothing serious`, () =>
    visit(options, hash, async (page) => {
      assert.is(await page.locator('.card').count(), 31);
      assert.ok((await page.locator('.chart canvas').count()) >= 13);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      assert.ok(await page.evaluate(everyChartHasColours));
      await page.evaluate(clickAll('summary'));
      // Rows are all alike: axe takes a minute of CPU for the hundreds of each of thirty tables.
      await holds(
        page,
        "[...document.querySelectorAll('details[open]')].every((one) => one.querySelector('tbody tr'))",
      );
      await page.evaluate("for (const row of document.querySelectorAll('tbody tr:nth-child(n + 6)')) row.remove()");
      await page.evaluate(axe);
      const {violations} = (await page.evaluate("axe.run({resultTypes: ['violations']})")) as {violations: Violation[]};
      const serious = violations.filter(({impact}) => impact === 'serious' || impact === 'critical');
      assert.equal(
        serious.map(({id, nodes}) => `${id}: ${nodes[0]!.html}`),
        [],
      );
      if (screenshots) {
        await page.evaluate(clickAll('summary'));
        mkdirSync(screenshots, {recursive: true});
        await page.screenshot({path: join(screenshots, `${name}.png`), fullPage: true});
      }
    }));
}

test('at a glance: clusters, nodes, CPU and accelerators of the newest period, and a ranked bar for each value', () =>
  visit(desktop, '#day', async (page) => {
    const numbers = await page.locator('#glance > div').allInnerTexts();
    assert.equal(
      numbers.map((text) => text.split('\n')[0]),
      ['Clusters', 'Nodes', 'CPU cores', 'Accelerators', 'Core 2 clusters'],
    );
    for (const text of numbers) assert.match(text, /\n[1-9][\d,]*\n\d{4}-\d\d-\d\d, still running\n[\d,]+ in \d{4}-/);
    assert.ok(
      await page.evaluate(
        "document.querySelector('#glance').getBoundingClientRect().bottom <= document.querySelector('.card').getBoundingClientRect().top",
      ),
    );
    const card = page.getByRole('region', {name: 'Kubernetes version'});
    const counts = (await card.locator('.rank b').allInnerTexts()).map(Number);
    assert.ok(counts.length > 3);
    assert.equal(
      counts,
      counts.toSorted((a, b) => b - a),
    );
    const widths = await card
      .locator('.bar')
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    assert.equal(
      widths,
      widths.toSorted((a, b) => b - a),
    );
    await turn(page, '#day,shares', () => page.getByRole('button', {name: 'Shares'}).click());
    const shares = await page.getByRole('region', {name: 'Kubernetes version'}).locator('.rank b').allInnerTexts();
    assert.ok(
      shares.every((text) => /^[\d.]+%$/.test(text)),
      shares.join(),
    );
    const total = shares.reduce((sum, text) => sum + Number.parseFloat(text), 0);
    assert.ok(Math.abs(total - 100) < 1, String(total));
    // What is no part of a whole keeps its numbers.
    assert.match(await page.getByRole('region', {name: 'Nodes in total'}).locator('.legend').innerText(), /nodes \d+$/);
    await turn(page, '#day', () => page.getByRole('button', {name: 'Counts'}).click());
  }));

test('the keyboard reaches the grains, a chart, its table and its CSV', () =>
  visit(desktop, '', async (page) => {
    await page.keyboard.press('Tab');
    assert.match(await page.locator(':focus').innerText(), /Skip to the charts/);
    await page.keyboard.press('Tab');
    await turn(page, '#week', () => page.keyboard.press('ArrowRight'));
    assert.is(await page.locator('input:checked').getAttribute('value'), 'week');
    await page.locator('.chart').first().focus();
    const legend = page.locator('.legend').first();
    assert.match(await legend.innerText(), /still running/);
    await page.keyboard.press('Home');
    const first = await legend.innerText();
    await page.keyboard.press('ArrowRight');
    assert.is.not(await legend.innerText(), first);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const rows = page.locator('.card').first().locator('tbody tr');
    await rows.first().waitFor();
    assert.match(await rows.first().innerText(), /\(running\)/);
    assert.ok((await rows.count()) >= 14);
  }));

test('a chart has its numbers in words for a screen reader', () =>
  visit(desktop, '#day', async (page) => {
    const chart = page.getByRole('img', {name: /^Chart\. \d{4}-\d\d-\d\d: clusters \d+\./});
    assert.is(await chart.count(), 2, 'clusters of each kind');
    assert.is(await page.getByRole('region', {name: 'Seldon Core version'}).count(), 1);
  }));

test('CSV: small groups are folded in what is downloaded', () =>
  visit(desktop, '#day', async (page) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', {name: 'CSV of Kubernetes version'}).click(),
    ]);
    const lines = readFileSync((await download.path())!, 'utf8')
      .trim()
      .split('\r\n')
      .slice(1);
    assert.ok(lines.length > 50);
    assert.ok(lines.every((line) => line.startsWith('kubernetes,day,')));
    assert.ok(
      lines.every((line) => ['', '0'].includes(line.split(',').at(-1)!) || Number(line.split(',').at(-1)) >= 10),
    );
  }));

test('the collector goes away: the page says so', () =>
  visit(
    desktop,
    '#day',
    async (page) => {
      await page.route('**/api/v1/stats*', (route) => route.fulfill({status: 503, body: 'Error: gone'}));
      await page.getByRole('button', {name: 'Reload'}).click();
      await page.getByText('can’t be had at present').waitFor();
    },
    /status of 503/,
  ));

test.run();
