import {width} from '../host/terminal.ts';
import type {ShowResult} from '../operations/show.ts';
import {colours} from '../render/colours.ts';
import type {ChangesSince} from '../render/diff.ts';
import {renderShow} from '../render/show.ts';
import {encodeReportParts, type Report} from '../report/index.ts';
import {warn} from './print.ts';
import {tellWord} from './word.ts';

/** Which view of a report. */
export interface ShowView {
  readonly json?: boolean | undefined;
  readonly explain: boolean;
  readonly diff: boolean;
  readonly 'all-nodes': boolean;
}

/** Whether the view is the page for people, which tells of Seldon Core 2's Hodometer too. */
export function hasPage({json, explain, diff}: Pick<ShowView, 'json' | 'explain' | 'diff'>): boolean {
  return !(json || explain || diff);
}

/**
 * Prints a report. What only one of the views needs is loaded for it alone.
 *
 * @param changes what changed since the last one that was sent
 */
export async function printShown(
  shown: ShowResult,
  view: ShowView,
  changes: (report: Report) => Promise<ChangesSince | undefined>,
): Promise<void> {
  const {report, collected} = shown;
  if ((view.json || view.diff || view.explain) && collected?.word) tellWord(collected.word);
  if (view.json) {
    for (const warning of collected?.warnings ?? []) warn(warning);
    for (const part of encodeReportParts(report)) process.stdout.write(part);
    process.stdout.write('\n');
    return;
  }
  const [columns, style] = [width(process.stdout), colours(process.stdout)];
  if (view.diff) {
    const {renderDiff} = await import('../render/diff.ts');
    process.stdout.write(renderDiff(await changes(report), style));
  } else if (view.explain) {
    const {renderExplain} = await import('../render/explain.ts');
    process.stdout.write(renderExplain(report, columns, style));
  } else {
    const table = view['all-nodes'] ? (await import('../render/node-table.ts')).nodeTable : undefined;
    process.stdout.write(renderShow(shown, columns, style, table));
    if (shown.hodometer) {
      const {renderHodometer} = await import('../render/hodometer.ts');
      process.stdout.write(renderHodometer(shown.hodometer, columns, style));
    }
  }
}
