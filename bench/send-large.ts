// Puts a report of 64 MiB into the outbox and posts it, and prints what that added to the peak of this process's memory,
// as a multiple of the report. Arguments: an empty folder, and the URL of a collector.
import {destination} from '../src/delivery/destination.ts';
import {claim, dispatch} from '../src/delivery/dispatch.ts';
import {putInOutbox} from '../src/delivery/outbox.ts';
import {prepareState} from '../src/delivery/state-folder.ts';
import {measure} from '../src/host/measure.ts';

const [folder, url] = process.argv.slice(2) as [string, string];
// Doubling shares its parts: only putting them together, which a search does, takes the memory, and takes it once.
let report = 'x'.repeat(1024);
while (report.length < 2 ** 26) report += report;
report.indexOf('y');
prepareState(folder);

/** Sends it and answers the peak of resident memory afterwards, in KiB. */
async function sent(text: string): Promise<number> {
  const about = {...measure(text), clusterID: '846db7e9-c861-43d7-8d08-31578af59878', consent: '--yes'} as const;
  const waiting = putInOutbox(folder, text, about, [destination(url)]);
  const [outcome] = await dispatch(claim(folder, waiting), {folder, env: {}, timeout: 60_000, connectTimeout: 10_000});
  if (!outcome!.delivery.delivered) throw new Error(JSON.stringify(outcome));
  return process.resourceUsage().maxRSS;
}

// A small one first, so that code and connections are there already.
const before = await sent('{}');
const after = await sent(report);
console.log(((after - before) * 1024) / report.length);
