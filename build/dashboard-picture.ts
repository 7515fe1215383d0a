// The picture of the dashboard, taken with a headless Chromium.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {exampleCluster} from '../examples/example-clusters.ts';
import {accept} from '../src/collector/accept.ts';
import {dayOf} from '../src/collector/periods.ts';
import {sqliteWriter} from '../src/collector/store/sqlite/writer.ts';
import {findChromium} from '../test/collector/chromium.ts';
import {startProgram} from '../test/collector/program.ts';

/** Days of the made-up collector, and clusters that it has on the last of them. */
const [days, mostClusters] = [28, 240];

/** A picture of the dashboard of a made-up collector, and what it says; dates are `DATE` there, since it is always today. */
export async function dashboardPicture(): Promise<{png: Buffer; texts: string}> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('There is no Chromium; CHROMIUM names one.');
  const today = dayOf(Date.now());
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  const path = join(folder, 'reports.db');
  await fill(path, today);
  const server = await startProgram(path);
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
  try {
    const page = await browser.newPage({viewport: {width: 1180, height: 1010}});
    await counted(`http://127.0.0.1:${server.adminPort}/api/v1/stats?grain=day&series=active&min-cell=1`);
    await page.goto(`http://127.0.0.1:${server.adminPort}/#day`);
    await page.locator('canvas').nth(3).waitFor();
    return {
      png: await page.screenshot({animations: 'disabled'}),
      texts: undated(await page.evaluate<string[]>(shownTexts)),
    };
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, {recursive: true, force: true});
  }
}

/** Writes the days of a collector that more and more clusters report to, each of them on most days. */
async function fill(path: string, today: number): Promise<void> {
  const writer = sqliteWriter(path, {create: true});
  for (let ago = days - 1; ago >= 0; ago--) {
    const received = (today - ago) * 86_400_000 + 1000;
    const clusters = Array.from({length: mostClusters - 4 * ago}, (_, i) => i).filter((i) => (i + ago) % 11 > 0);
    await writer.append(
      clusters.map((i) => {
        const report = exampleCluster(i, Math.floor(received / 1000));
        const judged = accept(Buffer.from(JSON.stringify(report)), received);
        if (!judged.accepted) throw new Error(judged.message);
        return judged.accepted;
      }),
    );
  }
  await writer.close();
}

/** Resolves when all days are counted. */
async function counted(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const {series} = (await (await fetch(url)).json()) as {series: {values: {data: number[]}[]}[]};
    if (series[0]?.values[0]?.data.length === days) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The days were not counted within a minute.');
}

/** Cards that are seen in the picture, at least in part. */
const cards = 4;

/** Run in the page: the texts of the head and of those cards, in their order, whatever letters the machine has. */
const shownTexts = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const after = document.querySelectorAll('h2')[${cards}];
  const texts = [];
  for (let node = walker.nextNode(); node && !after.contains(node); node = walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = node.textContent.trim();
    if (text !== '' && range.getBoundingClientRect().width > 0) texts.push(text);
  }
  return texts;
})()`;

/** The same each day. */
function undated(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`.replace(/\d{4}-\d{2}-\d{2}/g, 'DATE').replace(/\d{2}:\d{2}:\d{2}/g, 'TIME');
}
